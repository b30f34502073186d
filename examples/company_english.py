"""The fictitious company in English: what each of its texts is in an English book.

People get English names and firms English ones, drawn from a generator of their own so that the Chinese book does not
change; everything else is a word of `company_words` with its meaning. One text has one meaning: it stands once in
``words.csv``, and the same person bears the same name on every sheet.
"""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, Final

import company_words as words

if TYPE_CHECKING:
    from company_story import Customer, Row, Tables

SEED: Final = 630
CHINESE: Final = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")

GIVEN_NAMES: Final = {
    "male": (
        "Adam", "Alan", "Andrew", "Ben", "Charles", "Daniel", "David", "Edward", "Frank", "George", "Harry", "Ian",
        "Jack", "James", "Kevin", "Luke", "Mark", "Martin", "Nathan", "Oscar", "Paul", "Peter", "Robert", "Samuel",
        "Simon", "Thomas", "Victor", "William",
    ),
    "female": (
        "Alice", "Amy", "Anna", "Caroline", "Clare", "Diana", "Ella", "Emma", "Fiona", "Grace", "Hannah", "Helen",
        "Irene", "Jane", "Julia", "Kate", "Laura", "Lucy", "Maria", "Nora", "Olivia", "Rachel", "Rose", "Sarah",
        "Sophie", "Susan", "Tina", "Zoe",
    ),
}  # fmt: skip
SURNAMES: Final = (
    "Adams", "Allen", "Baker", "Barnes", "Bell", "Brooks", "Carter", "Clark", "Collins", "Cooper", "Davies", "Dixon",
    "Edwards", "Evans", "Fisher", "Foster", "Gibson", "Grant", "Green", "Hall", "Harris", "Hughes", "Hunt", "Jenkins",
    "Kelly", "King", "Lewis", "Marsh", "Mason", "Miller", "Moore", "Morgan", "Palmer", "Parker", "Price", "Reed",
    "Rogers", "Shaw", "Stone", "Taylor", "Turner", "Walker", "Ward", "Wood", "Wright", "Young",
)  # fmt: skip
LONGEST: Final = 11
"""Letters of a customer's name: its e-mail address then fits in the column of contacts."""
COLLEAGUES: Final = {
    "王芳": "Emily Scott", "李强": "Mike Hill", "张敏": "Linda Cole", "刘洋": "Chris Webb", "陈静": "Megan Ford",
    "赵磊": "Steve Lane", "孙丽": "Alison Hart", "周涛": "Gary Nash",
}  # fmt: skip
"""Who works in the company; nobody else bears these surnames, but a customer of the very Chinese name of one of them."""
FIRM_NAMES: Final = {
    "星河": "Galaxy", "云帆": "Cloudsail", "启明": "Daystar", "远航": "Voyage", "博雅": "Belmont", "天瑞": "Skyward",
    "华信": "Fairtrust", "金石": "Keystone", "绿洲": "Oasis", "恒泰": "Everwell", "思源": "Springs",
    "鼎盛": "Summit", "东方": "Orient", "宏图": "Bluepeak", "新程": "Newway", "嘉禾": "Goodacre", "海纳": "Broadsea",
    "百川": "Rivers", "卓越": "Paragon", "立德": "Lead",
}  # fmt: skip
FIRM_KINDS: Final = {
    "科技": "Tech", "网络": "Networks", "信息": "Data", "教育": "Education", "培训": "Training",
    "制造": "Works", "机械": "Machinery", "电子": "Electric", "金融": "Finance", "投资": "Capital",
    "医疗": "Medical", "健康": "Health", "商贸": "Trading", "百货": "Stores", "物流": "Logistics", "供应链": "Supply",
    "建筑": "Builders", "装饰": "Interiors", "餐饮": "Catering", "酒店": "Hotels", "传媒": "Media", "文化": "Arts",
}  # fmt: skip
STREETS: Final = {
    "人民路": "Mill Road", "中山路": "Park Road", "建设路": "Station Road", "科技路": "Science Road",
    "和平街": "Peace Street", "学院路": "College Road", "长江路": "River Road", "解放大道": "Liberty Road",
    "文化路": "Museum Road", "创业街": "Bridge Lane",
}  # fmt: skip
SPELT: Final = {"xian": "Xi'an", "baoan": "Bao'an"}
"""Places that are not their machine names with a capital letter."""
HOBBIES: Final = {
    "摄影": "photos", "羽毛球": "tennis", "登山": "hiking", "茶艺": "tea", "书法": "writing",
    "游泳": "swimming", "阅读": "reading", "跑步": "running", "钓鱼": "fishing", "音乐": "music",
}  # fmt: skip
TEXTS: Final = {
    "采购经理": "Head buyer", "行政主管": "Administrator", "总经理": "Director", "教务主任": "Head teacher",
    "信息部主任": "Head of IT", "财务经理": "Finance head", "运营总监": "Operations",
    "办公室主任": "Office head",
    "需要批量采购办公电脑": "Wants to buy office computers in bulk", "需要更换会议设备": "Has to replace meeting equipment",
    "需要教学平板": "Needs tablets for teaching", "希望统一采购打印机": "Wants the same printers everywhere",
    "需要员工手机": "Needs phones for the staff", "计划升级服务器": "Plans to upgrade its servers",
    "需要门店收银设备": "Needs tills for its shops", "了解设备租赁方案": "Asked about leasing equipment",
    "打印纸": "Printing paper", "硒鼓": "Toner cartridge", "鼠标": "Mouse", "键盘鼠标套装": "Keyboard set",
    "U盘": "USB stick", "文件柜": "Filing cabinet", "路由器": "Router", "移动硬盘": "Portable disk", "摄像头": "Webcam",
    "碎纸机": "Shredder", "办公椅": "Office chair", "显示器": "Monitor", "打印机": "Printer", "平板电脑": "Tablet",
    "笔记本电脑": "Laptop",
    "介绍新品": "Presented new products", "发送报价": "Send a quotation", "确认需求": "Confirmed the need",
    "制定方案": "Work out a proposal", "商谈价格": "Talked about the price", "修改报价": "Revise the quotation",
    "回访使用情况": "Asked how the products do", "演示产品": "Demonstrated a product", "安排试用": "Arrange a trial",
    "沟通交货时间": "Talked about delivery dates", "跟进物流": "Follow up the delivery",
    "了解年度预算": "Asked about the yearly budget", "节日问候": "Sent season's greetings",
    "产品质量有问题": "The product is faulty", "更换新机": "Replaced the device", "服务态度差": "The service was unfriendly",
    "致歉并更换对接人": "Apologised; another contact person", "送货延迟": "The delivery is late",
    "协调物流加急": "Had the delivery hurried", "安装说明不清楚": "The manual is unclear", "上门指导": "Showed it on site",
    "希望延长质保": "Would like a longer warranty", "提供延保方案": "Offered an extended warranty",
    "发票信息有误": "The invoice is wrong", "重新开票": "Issued a new invoice",
    "建议增加配件套餐": "Would like sets of accessories", "纳入产品计划": "Put on the product plan",
    "售后电话难打通": "Support is hard to reach", "增加客服坐席": "More people on the telephones",
    "喜欢电子产品": "Likes electronics", "关注性价比高的型号": "Looks for value for money",
    "偏好线上购物": "Prefers shopping online", "希望上门安装": "Would like things installed on site",
    "习惯用微信沟通": "Prefers WeChat", "习惯用邮件确认": "Confirms by e-mail", "上午方便接电话": "Best called in the morning",
    "偏好国产品牌": "Prefers domestic brands", "单次采购不超过五万元": "Buys for 50,000 at most at a time",
    "产品性能": "Performance", "客服服务": "Support", "物流配送": "Delivery", "售后维修": "Repairs", "价格": "Price",
    "希望尽快解决问题": "Solve problems sooner", "加强售后服务": "Better after-sales service",
    "提高响应速度": "Answer faster", "增加产品种类": "More products to choose from", "无": "None",
    "新品发布会": "Product launch", "年中促销": "Summer sale 2023", "年终促销": "Year-end sale", "春季巡展": "Spring roadshow",
    "以旧换新": "Trade-in", "客户答谢会": "Customers' evening", "线上直播专场": "Live stream",
    "年中促销2025": "Summer sale 2025",
    "推广新款笔记本": "Make the new laptops known", "提升二季度销售": "Raise sales of the second quarter",
    "完成全年目标": "Reach the target of the year", "拓展新地区客户": "Find customers in new regions",
    "带动设备更新": "Have equipment renewed", "维护重点客户": "Look after key customers",
    "推广会议设备": "Make meeting equipment known",
    "现场签约踊跃": "Many signed on the spot", "老客户复购增加": "More customers bought again",
    "销量达到预期": "Sales as expected", "收集到大量线索": "Brought many leads", "平板电脑销量上升": "Tablets sold better",
    "重点客户满意": "Key customers were pleased", "观看多，成交一般": "Many watched, few bought",
    "进行效果统计": "Being evaluated",
    "电话拜访": "Call the customer", "提交需求确认书": "Send the list of needs", "提交采购方案": "Send the proposal",
    "商务谈判": "Negotiate the terms", "签订采购合同": "Sign the contract", "完成设备交付": "Deliver the equipment",
    "完成回款": "Collect the payment", "季度回访": "Quarterly visit",
    "称呼全名即可": "Prefers first names", "周一上午不便接电话": "No calls on Monday morning",
    "重视交货时间": "Delivery dates matter", "喜欢喝茶": "Likes tea",
    "年度采购预算充足": "The yearly budget is ample", "资金较紧，倾向分期": "Funds are tight; rather by instalments",
    "预算需逐级审批": "Each level has to approve", "付款及时": "Pays in time",
    "已有明确采购计划": "Has a definite plan", "正在比较供应商": "Compares suppliers", "有意向但不急": "Willing, but in no hurry",
    "由总部统一决定": "Headquarters decides",
    "首次接触": "First contact", "合作过一次，评价良好": "Worked with us once; was pleased",
    "习惯固定供应商": "Keeps to its suppliers", "更看重价格": "Cares more about the price",
    "首次采购": "Never bought before", "曾采购同类产品": "Bought such products before",
    "从其他供应商采购": "Buys elsewhere",
    "对方案满意": "Pleased with the proposal", "希望加快交货": "Would like faster delivery", "价格合适": "The price is right",
    "再考虑一下": "Will think it over", "希望增加培训": "Would like more training",
    "首批交付完成": "First lot delivered", "完成设备安装": "Equipment installed", "签订框架协议": "Framework agreement signed",
    "试用效果良好": "The trial went well",
    "电话回访": "Call the customer back", "提供优惠方案": "Offer better terms", "更换专属客服": "Another contact person",
    "上门拜访并致歉": "Visit and apologise", "赠送延保服务": "Give a longer warranty",
    "电话了解原因": "Called to learn the reason", "发送满意度问卷": "Sent a questionnaire",
    "安排区域经理拜访": "Had the area manager call", "暂列观察名单": "On the watch list",
    "活动后下单": "Ordered after it", "暂无购买": "Bought nothing so far",
}  # fmt: skip


def make_words(customers: list[Customer], tables: Tables) -> list[Row]:
    """Return each text of the tables that is Chinese, or holds a Chinese name, with its English one, in their order."""
    known = TEXTS | COLLEAGUES | _firms() | _people(customers)
    texts = {text for rows in tables.values() for row in rows for text in row.values()}
    return [{"zh": text, "en": known[text]} for text in known if text in texts] + [
        {"zh": text, "en": _hobbies(text)} for text in sorted(_unknown(texts, known))
    ]


def _unknown(texts: set[object], known: dict[str, str]) -> set[str]:
    return {text for text in texts if isinstance(text, str) and CHINESE.search(text) and text not in known}


def _hobbies(text: str) -> str:
    """Return a list of hobbies; KeyError for a text to which nobody gave an English one."""
    said = ", ".join(HOBBIES[one] for one in text.split("、"))
    return said[0].upper() + said[1:]


def _firms() -> dict[str, str]:
    return {
        name + kind: f"{FIRM_NAMES[name]} {FIRM_KINDS[kind]}"
        for name in words.FIRM_NAMES
        for kinds in words.FIRM_KINDS.values()
        for kind in kinds
    }


def _people(customers: list[Customer]) -> dict[str, str]:
    """Return the names, e-mail addresses and addresses of the customers."""
    dice, taken, found = random.Random(SEED), set(COLLEAGUES.values()), {}
    for customer in customers:
        name = COLLEAGUES.get(customer.name, "")
        while not name or len(name) > LONGEST or (name in taken and customer.name not in COLLEAGUES):
            name = f"{dice.choice(GIVEN_NAMES[customer.gender])} {dice.choice(SURNAMES)}"
        taken.add(name)
        found[customer.name] = name
        number = customer.customer_id
        found[f"{customer.pinyin}{number}@example.com"] = f"{name.lower().replace(' ', '.')}@example.com"
        found[customer.address] = _address(customer)
    return found


def _address(customer: Customer) -> str:
    street = next(STREETS[one] for one in STREETS if one in customer.address)
    number = re.findall(r"\d+", customer.address)[-1]
    return f"{number} {street}, {SPELT.get(customer.city, customer.city.title())}"
