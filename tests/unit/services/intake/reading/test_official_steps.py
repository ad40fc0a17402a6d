"""What officials say of many troubles, step by step, quoted or not."""

import pytest

from .conftest import Chat

STEPS = """
accept|桥头路灯坏了没人修||看见了,这就联系电工
accept|我妈医保报销没到账||我去帮你查查
accept|村口垃圾成山||收到。已通知保洁公司今天下午清运
accept|野狗咬人||已报派出所,民警马上来
accept|学校食堂饭菜有虫||您好,我是教育局值班员,您反映的问题我们马上核实
accept|村口垃圾成山||好,我让人去弄
accept|楼上漏水||在开会,散会我去你家看
accept|自来水浑||这事我记着,明天找水厂
accept|自来水浑||来了
accept|自来水浑||我跟水厂说一声
accept|机井坏了,苗快旱死||知道嘞,俺这就喊人
accept|野猪拱地||已上报林业站,他们会来人看
progress|自来水浑|收到|取样送检了,结果三天出
progress|自来水浑|收到|水厂回复,是清洗管网造成的,今晚能清
progress|自来水浑|收到|刚从现场回来,过滤池滤料该换了
progress|自来水浑|收到|厂家说滤料后天到货
progress|机井坏了|收到|泵捞出来了,电机烧了,拉到县里修去了
progress|工地欠薪|收到|已约谈包工头,他承诺周五前付清
progress|工地欠薪|收到|劳动监察大队立案了
progress|路塌了|收到|挖机正在清土方,单边放行
progress|路塌了|收到|还在等交通局批复
progress|路塌了|收到|这段归公路段养护,已发函
progress|垃圾成山|收到|今天先拉了两车,剩下的明天清完
progress|路灯坏了|收到|买的灯头型号不对,得重新换
progress|邻居占了我家宅基地|收到|双方意见还没谈拢,下周再调解一次
progress|路灯坏了|收到|已报镇里,列入下月维修计划
resolve|路灯坏了|收到|灯换好了,亮堂堂的
resolve|路灯坏了|收到|刚试过,六盏都亮
resolve|自来水浑|收到|水清了,化验合格,放心喝
resolve|工地欠薪|收到|28名工人工资已全部到账
resolve|垃圾成山|收到|全部拉完,地面也冲了
resolve|野狗咬人|收到|狗抓走了,主人赔了医药费
resolve|我家低保被停了|收到|低保已恢复,下个月起照发
resolve|桥栏杆断了|收到|新栏杆装上了,可以放心走
resolve|电梯坏了|收到|电梯通过检验,恢复运行
resolve|噪音扰民|收到|已责令停工,晚十点后不再施工
resolve|飞线充电|收到|飞线都剪了,充电棚也通电了
resolve|他家的羊吃了我家麦苗,不赔|收到|两家说和了,赔了三百块
resolve|马蜂窝太吓人|收到|消防来人把马蜂窝摘了
resolve|信号差|收到|新基站开通了,满格
resolve|超市卖过期奶|收到|罚了五千,过期食品全下架了
resolve|下水道堵了|收到|疏通好嘞,水下得利索
resolve|校门口堵|收到|画了停车位,安排了护学岗,从明天起执行
resolve|河里有死鱼|收到|死鱼打捞干净,偷排口封了
resolve|房子是危房,墙裂了|收到|鉴定做完了,改造款批下来了,已打到您卡上
callback|路灯坏了|收到;修好了|现在灯还亮着吧?满意不?
callback|路灯坏了|收到;修好了|老哥,灯好使不?
callback|工地欠薪|收到;工资已结清|工资拿到手没有?
callback|自来水浑|收到;已修好|这两天水质咋样了?
callback|自来水浑|收到;已修好|您对这次办理满意吗
callback|自来水浑|收到;已修好|家里水正常不?还有啥困难没
chatter|自来水浑|收到;已修好|不用客气
chatter|自来水浑|收到;已修好|这是我们应该做的
"""
"""kind | the appeal | what officials said before, by ; | what is said now"""


@pytest.mark.parametrize("quoted", [True, False])
@pytest.mark.parametrize("line", STEPS.strip().splitlines())
def test_an_officials_words_bring_the_appeal_so_far(chat: Chat, line: str, quoted: bool) -> None:
    kind, appeal, before, text = line.split("|")
    chat.say("villager", appeal)
    for earlier in filter(None, before.split(";")):
        chat.official(earlier, to="m1", after=20)
    reading = chat.official(text, to="m1" if quoted else None, after=60)
    assert reading.kind == kind, reading
    assert reading.appeal == (None if kind == "chatter" else "a1")
