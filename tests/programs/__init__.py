"""Every program that saves a workbook: what it makes of one, and what a sync makes of that."""

import pytest

pytest.register_assert_rewrite("tests.programs.desk")
