"""A right content of each kind."""

from typing import Any

from shared.events.disclosure import NoticeKind

PROJECT: dict[str, Any] = {
    "project": "河西村花椒烘干房", "amount_fen": 433_320_000,
    "sources": [
        {"name": "省级衔接资金", "level": "province", "amount_fen": 400_000_000},
        {"name": "县级配套", "level": "county", "amount_fen": 33_320_000},
    ],
    "budget_line": "2130504 农村基础设施建设", "contractor": "平川建筑有限公司", "starts_on": "2023-03-01",
    "ends_on": "2023-10-31", "stage": "主体完工",
    "payments": [{"on": "2023-05-01", "to": "平川建筑有限公司", "amount_fen": 100_000_000}], "paid_fen": 100_000_000,
    "beneficiaries": "河西村全体村民", "households": 62, "contact": "村委会 13900000001", "complaints_line": "0310-1234567",
}  # fmt: skip
SUBSIDY: dict[str, Any] = {
    "programme": "花椒产业帮扶", "period": "2023年", "households": 2, "total_fen": 140_000,
    "recipients": [
        {"name": "张三", "team": "一组", "quantity": "2.5", "standard_fen": 40_000, "amount_fen": 100_000},
        {"name": "欧阳建华", "team": "二组", "amount_fen": 40_000},
    ],
    "complaints_line": "0310-1234567",
}  # fmt: skip
LEDGER: dict[str, Any] = {
    "starts_on": "2023-01-01", "ends_on": "2023-03-31", "opening_fen": 1_000_000, "closing_fen": 1_150_050,
    "entries": [
        {"on": "2023-01-05", "matter": "机动地承包费", "income_fen": 200_050, "balance_fen": 1_200_050},
        {"on": "2023-02-10", "matter": "路灯电费", "expense_fen": 50_000, "balance_fen": 1_150_050},
    ],
    "assets": [{"name": "村委会办公房", "value_fen": 30_000_000}], "resources": [{"name": "机动地", "contractor": "李四海"}],
}  # fmt: skip
DECISION: dict[str, Any] = {
    "matter": "村内道路硬化", "resolution": "硬化主路 1.2 公里，资金由县级项目承担",
    "steps": [
        {"stage": "proposed", "on": "2023-02-01"},
        {"stage": "conferred", "on": "2023-02-03"},
        {"stage": "members", "on": "2023-02-06", "entitled": 40, "present": 35, "in_favour": 35, "against": 0, "abstained": 0},
        {
            "stage": "resolved", "on": "2023-02-10", "meeting": "representatives", "entitled": 30, "present": 26,
            "in_favour": 24, "against": 1, "abstained": 1,
        },
    ],
}  # fmt: skip
POLICY: dict[str, Any] = {"issuer": "县医保局", "document": "〔2023〕5号", "points": ["门诊报销比例提高到六成"]}
JOB: dict[str, Any] = {
    "employer": "平川服装厂", "post": "缝纫工", "people": 20, "pay_from_fen": 350_000, "pay_to_fen": 500_000, "place": "平川镇",
    "contact": "13900000001",
}  # fmt: skip
ENRICHMENT: dict[str, Any] = {"field": "种植技术", "matter": "花椒春季剪枝要点", "source": "县农技中心"}
INSPECTION: dict[str, Any] = {
    "team": "县委第二巡察组", "inspected": ["河西村"], "starts_on": "2023-04-01", "ends_on": "2023-05-31",
    "accepts": "群众身边的不正之风", "contact": "0310-7654321",
}  # fmt: skip
RECTIFICATION: dict[str, Any] = {
    "source": "县委第二巡察组对河西村巡察反馈",
    "items": [
        {"number": 1, "matter": "村务公开不及时", "measure": "按季公开", "responsible": "河西村委会", "deadline": "2023-08-31"},
        {"number": 2, "matter": "白条入账", "responsible": "平川镇农经站", "deadline": "2023-07-31"},
    ],
}  # fmt: skip

SAMPLES: dict[NoticeKind, dict[str, Any] | None] = {
    NoticeKind.PROJECT: PROJECT, NoticeKind.FUND: PROJECT, NoticeKind.SUBSIDY: SUBSIDY, NoticeKind.ASSET: LEDGER,
    NoticeKind.DECISION: DECISION, NoticeKind.POLICY: POLICY, NoticeKind.LAW: POLICY, NoticeKind.WARNING: POLICY,
    NoticeKind.JOB: JOB, NoticeKind.ENRICHMENT: ENRICHMENT, NoticeKind.INSPECTION: INSPECTION,
    NoticeKind.RECTIFICATION: RECTIFICATION, NoticeKind.FREE: None,
}  # fmt: skip
