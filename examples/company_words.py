"""The words of the fictitious company: people, places, firms, products and what customers say.

Names are put together from common surnames and given names; any likeness to real people or firms is chance.
"""

from __future__ import annotations

from typing import Final

SURNAMES: Final = {
    "王": "wang", "李": "li", "张": "zhang", "刘": "liu", "陈": "chen", "杨": "yang", "黄": "huang", "赵": "zhao",
    "吴": "wu", "周": "zhou", "徐": "xu", "孙": "sun", "马": "ma", "朱": "zhu", "胡": "hu", "郭": "guo",
    "何": "he", "林": "lin", "高": "gao", "罗": "luo", "郑": "zheng", "梁": "liang", "谢": "xie", "宋": "song",
    "唐": "tang", "许": "xu", "邓": "deng", "韩": "han", "冯": "feng", "曹": "cao",
}  # fmt: skip
GIVEN_NAMES: Final = {
    "male": {
        "伟": "wei", "强": "qiang", "磊": "lei", "军": "jun", "勇": "yong", "杰": "jie", "涛": "tao", "明": "ming",
        "超": "chao", "建华": "jianhua", "志强": "zhiqiang", "文博": "wenbo", "浩然": "haoran", "俊峰": "junfeng",
        "子轩": "zixuan", "国栋": "guodong", "海波": "haibo", "宇航": "yuhang",
    },
    "female": {
        "芳": "fang", "娜": "na", "敏": "min", "静": "jing", "丽": "li", "艳": "yan", "娟": "juan", "霞": "xia",
        "秀英": "xiuying", "晓燕": "xiaoyan", "雅婷": "yating", "梦琪": "mengqi", "欣怡": "xinyi", "佳慧": "jiahui",
        "思雨": "siyu", "婷婷": "tingting", "雪梅": "xuemei", "诗涵": "shihan",
    },
}  # fmt: skip
OWNERS: Final = ("王芳", "李强", "张敏", "刘洋", "陈静", "赵磊", "孙丽", "周涛")
SERVICE: Final = ("陈静", "孙丽", "周涛")

# Region, cities with their streets' district names, and weight.
PLACES: Final = (
    ("beijing", "北京市", (("haidian", "海淀区"), ("chaoyang", "朝阳区"), ("fengtai", "丰台区")), 14),
    ("shanghai", "上海市", (("pudong", "浦东新区"), ("xuhui", "徐汇区"), ("minhang", "闵行区")), 14),
    ("shenzhen", "深圳市", (("nanshan", "南山区"), ("futian", "福田区"), ("baoan", "宝安区")), 9),
    ("guangdong", "广东省", (("guangzhou", "广州市"), ("foshan", "佛山市"), ("dongguan", "东莞市")), 12),
    ("zhejiang", "浙江省", (("hangzhou", "杭州市"), ("ningbo", "宁波市"), ("wenzhou", "温州市")), 10),
    ("jiangsu", "江苏省", (("nanjing", "南京市"), ("suzhou", "苏州市"), ("wuxi", "无锡市")), 10),
    ("sichuan", "四川省", (("chengdu", "成都市"), ("mianyang", "绵阳市")), 8),
    ("hubei", "湖北省", (("wuhan", "武汉市"), ("yichang", "宜昌市")), 6),
    ("shandong", "山东省", (("jinan", "济南市"), ("qingdao", "青岛市")), 6),
    ("shaanxi", "陕西省", (("xian", "西安市"), ("xianyang", "咸阳市")), 4),
    ("henan", "河南省", (("zhengzhou", "郑州市"), ("luoyang", "洛阳市")), 4),
    ("fujian", "福建省", (("xiamen", "厦门市"), ("quanzhou", "泉州市")), 3),
)
STREETS: Final = (
    "人民路",
    "中山路",
    "建设路",
    "科技路",
    "和平街",
    "学院路",
    "长江路",
    "解放大道",
    "文化路",
    "创业街",
)
FIRM_NAMES: Final = (
    "星河", "云帆", "启明", "远航", "博雅", "天瑞", "华信", "金石", "绿洲", "恒泰", "思源", "鼎盛",
    "东方", "宏图", "新程", "嘉禾", "海纳", "百川", "卓越", "立德",
)  # fmt: skip
FIRM_KINDS: Final = {
    "internet": ("科技", "网络", "信息"),
    "education": ("教育", "培训"),
    "manufacturing": ("制造", "机械", "电子"),
    "finance": ("金融", "投资"),
    "healthcare": ("医疗", "健康"),
    "retail": ("商贸", "百货"),
    "logistics": ("物流", "供应链"),
    "construction": ("建筑", "装饰"),
    "catering": ("餐饮", "酒店"),
    "media": ("传媒", "文化"),
}
POSITIONS: Final = (
    "采购经理",
    "行政主管",
    "总经理",
    "教务主任",
    "信息部主任",
    "财务经理",
    "运营总监",
    "办公室主任",
)
NEEDS: Final = (
    "需要批量采购办公电脑", "需要更换会议设备", "需要教学平板", "希望统一采购打印机", "需要员工手机",
    "计划升级服务器", "需要门店收银设备", "了解设备租赁方案",
)  # fmt: skip
HOBBIES: Final = ("摄影", "羽毛球", "登山", "茶艺", "书法", "游泳", "阅读", "跑步", "钓鱼", "音乐")
PRODUCTS: Final = (
    ("打印纸", 139, 16), ("硒鼓", 269, 12), ("鼠标", 79, 12), ("键盘鼠标套装", 199, 10), ("U盘", 59, 10),
    ("文件柜", 389, 4), ("路由器", 329, 6), ("移动硬盘", 459, 7), ("摄像头", 259, 6), ("碎纸机", 599, 3),
    ("办公椅", 499, 4), ("显示器", 1099, 3), ("打印机", 1299, 2), ("平板电脑", 2399, 1), ("笔记本电脑", 5499, 0.5),
)  # fmt: skip
PAYMENTS: Final = (("transfer", 40), ("alipay", 20), ("wechat", 20), ("card", 12), ("credit", 8))
TALKS: Final = (
    ("介绍新品", "发送报价"), ("确认需求", "制定方案"), ("商谈价格", "修改报价"), ("回访使用情况", ""),
    ("演示产品", "安排试用"), ("沟通交货时间", "跟进物流"), ("了解年度预算", ""), ("节日问候", ""),
)  # fmt: skip
COMPLAINTS: Final = (
    ("产品质量有问题", "更换新机"), ("服务态度差", "致歉并更换对接人"), ("送货延迟", "协调物流加急"),
    ("安装说明不清楚", "上门指导"), ("希望延长质保", "提供延保方案"), ("发票信息有误", "重新开票"),
    ("建议增加配件套餐", "纳入产品计划"), ("售后电话难打通", "增加客服坐席"),
)  # fmt: skip
PREFERENCES: Final = (
    ("product", "喜欢电子产品"), ("product", "关注性价比高的型号"), ("service", "偏好线上购物"),
    ("service", "希望上门安装"), ("channel", "习惯用微信沟通"), ("channel", "习惯用邮件确认"),
    ("time", "上午方便接电话"), ("brand", "偏好国产品牌"), ("price", "单次采购不超过五万元"),
)  # fmt: skip
SUBJECTS: Final = ("产品性能", "客服服务", "物流配送", "售后维修", "价格")
SUGGESTIONS: Final = {
    1: "希望尽快解决问题",
    2: "加强售后服务",
    3: "提高响应速度",
    4: "增加产品种类",
    5: "无",
}
CAMPAIGNS: Final = (
    ("新品发布会", "2023-03-15", "2023-03-16", "推广新款笔记本", 6000, "现场签约踊跃"),
    ("年中促销", "2023-06-01", "2023-06-18", "提升二季度销售", 4000, "老客户复购增加"),
    ("年终促销", "2023-12-01", "2023-12-31", "完成全年目标", 5000, "销量达到预期"),
    ("春季巡展", "2024-03-10", "2024-03-25", "拓展新地区客户", 8000, "收集到大量线索"),
    ("以旧换新", "2024-08-01", "2024-08-31", "带动设备更新", 4500, "平板电脑销量上升"),
    ("客户答谢会", "2024-12-20", "2024-12-20", "维护重点客户", 7000, "重点客户满意"),
    ("线上直播专场", "2025-03-08", "2025-03-08", "推广会议设备", 2000, "观看多，成交一般"),
    ("年中促销2025", "2025-06-01", "2025-06-18", "提升二季度销售", 4200, "进行效果统计"),
)  # fmt: skip
TASKS: Final = (
    ("first_contact", "电话拜访", 1, "time"), ("need", "提交需求确认书", 1, "document"),
    ("proposal", "提交采购方案", 1, "document"), ("negotiation", "商务谈判", 3, "time"),
    ("contract", "签订采购合同", 1, "document"), ("delivery", "完成设备交付", 50, "unit"),
    ("acceptance", "完成回款", 80000, "yuan"), ("care", "季度回访", 4, "time"),
)  # fmt: skip
