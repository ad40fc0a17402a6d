"""How officials speak of taking on, of the way, of the end: verbs and results no list of set phrases holds."""

import pytest

from shared.events.intake import Kind

from .conftest import Chat

STEPS = """
accept|村口的桥板断了||我这会儿在县里开会,让老刘先过去看看
accept|垃圾好几天没人收||这事我来落实
accept|自来水停了||我问水厂怎么回事
accept|医保报销没到账||把缴费凭证发我,我拿去医保局核一下
accept|低保被停了||身份证号私发我,帮您查
accept|路灯不亮||记上了,电工这两天就到
accept|河水发黑||刚看见,我拿瓶子去取个水样
accept|工地夜里施工扰民||我联系一下施工单位
accept|流浪狗咬人||别靠近,我带两个人拿网过去
accept|电线掉下来了||都离远点!供电所十分钟到
accept|有人要跳河||我在路上,先稳住他
accept|校车没来接||我给校车公司打个电话问问
accept|买到假种子||发票和包装留着,我报给农业执法
accept|路被水冲断了||我去把路口拦起来
accept|邻居占我家宅基地||两家先别吵,我下午上门
accept|养老金没到账||这属于社保所业务,我转给小张
accept|手机没信号||我向铁塔公司申报
accept|小区电梯坏了||已通知维保单位
accept|物业乱收费||材料我收下了,会同住建核实
accept|工资被拖欠||请把名单报给我,我们劳动监察介入
accept|垃圾成山||刚才在地里没听见手机响,我这就去叫车
accept|下水道堵了||这边正忙,忙完就带人去掏
accept|老人走丢了||大家都帮着找找,我去调监控
accept|飞线充电||我去敲门
progress|村口的桥板断了|收到|钢板定做了,得五天
progress|自来水停了|收到|漏点找着了,正在挖
progress|医保报销没到账|收到|系统显示银行退回,账号填错一位
progress|低保被停了|收到|查到是车辆比对出的问题,需要重新提交材料
progress|路灯不亮|收到|电缆断在地下了,要开挖
progress|河水发黑|收到|水样送到市里检测了
progress|工地夜里施工扰民|收到|找项目经理谈过了,他说今晚调整
progress|流浪狗咬人|收到|捉住三条,剩下的钻地里了
progress|工资被拖欠|收到|老板电话关机,正通过派出所找人
progress|买到假种子|收到|样品寄走了,等省里结果
progress|路被水冲断了|收到|临时便道垫出来了,小车能过
progress|邻居占我家宅基地|收到|今天量了尺寸,两家数对不上
progress|手机没信号|收到|选址定了,等设备
progress|小区电梯坏了|收到|主板烧了,厂家发货中
progress|下水道堵了|收到|管子老化塌了,光掏不行
progress|养老金没到账|收到|人脸识别没过,系统自动停的
progress|公交车老不来|收到|车队在招司机
progress|垃圾成山|收到|勾机借到了,下午进场
progress|学校饭菜馊了|收到|市监去食堂抽检了,结果没出
progress|危房漏雨|收到|鉴定公司看过,等报告
progress|物业乱收费|收到|住建局约了物业明天谈
progress|树要倒了|收到|锯树要林业批,手续递上去了
resolve|村口的桥板断了|收到|新桥板铺上了,三轮都能过
resolve|自来水停了|收到|管子接上,水来了
resolve|医保报销没到账|收到|更正了账号,钱已重新打出,请查收
resolve|低保被停了|收到|复核通过,从下月恢复发放
resolve|路灯不亮|收到|七盏灯昨晚全亮
resolve|河水发黑|收到|查实是屠宰点偷排,关了,罚了两万
resolve|工地夜里施工扰民|收到|工地答应晚九点后不开工,签了承诺书
resolve|流浪狗咬人|收到|五条全逮住,送到收容站
resolve|工资被拖欠|收到|老板今天来村部,当面把钱给大家结了
resolve|买到假种子|收到|店家退了种子钱,另赔每亩三百
resolve|路被水冲断了|收到|路基回填压实,今天通车
resolve|邻居占我家宅基地|收到|界桩重新立了,双方都按了手印
resolve|手机没信号|收到|新塔开了,各家试试信号
resolve|小区电梯坏了|收到|换了主板,检验合格
resolve|下水道堵了|收到|塌的那段换成新管,水下得快
resolve|养老金没到账|收到|人工帮大爷认证过了,三个月的一起补
resolve|公交车老不来|收到|增开两趟,六点四十和七点二十
resolve|垃圾成山|收到|清得干干净净,还立了个牌子
resolve|学校饭菜馊了|收到|供货商换掉了,校长向家长道歉
resolve|危房漏雨|收到|瓦翻了一遍,屋里不滴了
resolve|物业乱收费|收到|多收的都退了
resolve|树要倒了|收到|树锯了,树桩也刨了
resolve|老人走丢了|收到|在镇上车站接到人了,已经到家
resolve|着火了|收到|火灭了,没伤着人
resolve|有人被困电梯|收到|人救出来了,没有大碍
resolve|电线掉下来了|收到|线重新架起来,电送上了
resolve|井盖没了|收到|配了个新的
resolve|孩子上学名额没有|收到|学校同意接收,周一去报到就行
resolve|墙裂了|收到|加了两道钢箍,专家说可以住
resolve|燃气漏了|收到|阀门换了新的,打压测试不漏
resolve|土地补偿款没给|收到|补偿款每户一万二,今天上午都签字领走了
resolve|路边摊占道|收到|摊子都挪进市场里了
resolve|机井坏了|收到|泵修好下井,出水足足的
callback|路灯不亮|收到;修好了|灯咋样,没再灭吧?
callback|医保报销没到账|收到;已到账|钱查到没?对办理过程满意吗?
callback|下水道堵了|收到;疏通了|这两天下雨,水走得顺不顺?
callback|工资被拖欠|收到;已结清|大家伙的钱都拿到了没有,还有差的没?
callback|手机没信号|收到;已开通|家里打电话清楚了不?
announcement|垃圾成山|收到|明天上午九点在村部打狂犬疫苗,养狗户都来
announcement|路灯不亮|收到|各位家长,下周一正式开学,请按时送孩子到校
announcement|自来水停了|收到|【通知】本周六全村大扫除,每户出一人
announcement|路灯不亮|收到|近期有人冒充民政局打电话要验证码,大家别上当
chatter|路灯不亮|收到|大家中秋快乐
accept|井盖没了||我先找块板子盖上,再叫住建的来
accept|小区停水||我这就给自来水公司去个电话
accept|路口树倒了||谢谢提醒,我带锯过去
accept|低保没发||我核对一下名册再回复您
accept|工资没发||你们推两个代表,下午两点到我办公室说
accept|养鸡场太臭||环保所接单,明天上午去现场
accept|楼上漏水||我约楼上业主晚上见面
accept|学校食堂有虫||我们教体局派人到校核查
accept|村里丢羊||案子我们派出所接了,保护好现场
accept|变压器冒烟||都躲开,抢修车已出动
accept|有线电视没信号||刚散会看到,明天让师傅上门
accept|地里没水浇||我找水管所说说,争取今天放水
accept|化肥是假的||保留好小票,工作人员马上联系您
accept|我爸走丢了||把照片和衣着发群里,我发动大家找
progress|井盖没了|收到|尺寸量了,已经订做
progress|小区停水|收到|主管爆在桥底下,抢修队正在开挖
progress|路口树倒了|收到|树太粗,等吊车
progress|低保没发|收到|县里系统升级,名单卡住了
progress|工资没发|收到|账户被法院冻结,我们正在协调
progress|养鸡场太臭|收到|下了整改通知,限半个月
progress|学校食堂有虫|收到|留样封存送检,三天出结果
progress|村里丢羊|收到|监控里看到一辆可疑面包车,正在追查
progress|地里没水浇|收到|上游闸门在检修,后天能放
progress|化肥是假的|收到|经销商承认进货渠道有问题,赔偿还在谈
progress|房子漏雨|收到|排进了今年危改第二批
progress|路坏了|收到|料备齐了,就等天晴
progress|红绿灯坏了|收到|控制器进水,厂家技术员明早到
progress|噪音太大|收到|隔音板厂里在做
progress|手机没信号|收到|业主不让装,我们再做做工作
resolve|井盖没了|收到|新盖子到货,当场安上了
resolve|小区停水|收到|抢修完毕,各户已来水
resolve|路口树倒了|收到|路障清开,双向都能走
resolve|低保没发|收到|钱今早发放到卡,您查一下短信
resolve|工资没发|收到|18个人,一人不落,现金发到手里
resolve|养鸡场太臭|收到|鸡场按期搬走,场地撒了石灰
resolve|楼上漏水|收到|楼上重做了防水,泡坏的天花板也赔了
resolve|学校食堂有虫|收到|换了厨师长,今天我跟孩子一块吃的,饭菜没问题
resolve|村里丢羊|收到|人抓到了,两只羊还给老乡
resolve|变压器冒烟|收到|换上新变压器,凌晨两点送的电
resolve|地里没水浇|收到|闸开了,水进支渠了
resolve|化肥是假的|收到|一户赔了两千四,店也吊销了执照
resolve|我爸走丢了|收到|老人家在邻村亲戚家,平平安安接回来了
resolve|房子漏雨|收到|屋顶做了彩钢瓦,验收通过
resolve|路坏了|收到|三百米水泥路昨天浇好,养护七天就能走车
resolve|红绿灯坏了|收到|控制器换好,信号灯恢复
resolve|手机没信号|收到|信号塔今天开机,满格
resolve|垃圾没人收|收到|即日起每天早晚各清一次
resolve|补贴少发了|收到|少算的三亩补上了,一共324块
resolve|户口登记错了|收到|名字改过来了,户口本您有空来拿
resolve|狗咬人|收到|狗主人把狗送走了,疫苗钱也掏了
resolve|名单里没有我||您母亲的条件够,这次漏报了,我们补报上去了
resolve|为啥涨水费||水价是县发改委统一调的,文件我发群里
callback|井盖没了|收到;安好了|新井盖还响不响?
callback|低保没发|收到;已发放|大娘,钱取出来没有?
callback|楼上漏水|收到;已做防水|这场雨过后天花板还潮吗?
announcement|井盖没了|收到|今晚八点村部放电影,自带板凳
announcement|小区停水|收到|社区招募护学志愿者,有意的找我报名
announcement|路坏了|收到|气象台发布大风蓝色预警,大棚注意加固
chatter|井盖没了|收到|大家早上好,今天降温了
chatter|井盖没了|收到;安好了|谢谢理解,应该的
accept|院里的雨水篦子堵了,水排不出去||晚上下班我来通
accept|渡船上没有救生衣,学生天天坐||海事上我对接,今天就去查船
accept|我爸医保断缴了补不上||您把身份证号给我,我后台瞅一眼
accept|我家电表跑得不准,电费高得离谱||我们派个人去校表
accept|水稻得了稻瘟病,一片片倒||农技站老陈下午下田
accept|孤寡老人家断炊两天了||我带着米面过去,先解决眼前
progress|院里的雨水篦子堵了,水排不出去|收到|掏了半天,里头是水泥块,得用破碎锤
progress|我家电表跑得不准,电费高得离谱|收到|表拆下来送去检定了
progress|水稻得了稻瘟病,一片片倒|收到|开了药方,飞防队排到后天
progress|单位公积金断缴八个月了|收到|跟单位财务通了电话,对方说资金紧张
progress|学校让交钱订校外资料|收到|教育局调查组进校了
progress|路牌被广告牌遮住看不见|收到|广告公司同意移,等脚手架
progress|自来水主管被挖漏了|收到|先接了根临时软管供着
progress|去年的补偿款到现在没发|收到|账目核对到去年十月,还差两笔
resolve|院里的雨水篦子堵了,水排不出去|收到|破开清净了,雨水走得畅快
resolve|我家电表跑得不准,电费高得离谱|收到|检定结果表快了3%,换了新表,多收的电费退您户上
resolve|水稻得了稻瘟病,一片片倒|收到|飞防打完两遍,病斑压住了
resolve|单位公积金断缴八个月了|收到|八个月的公积金昨天全额补缴
resolve|学校让交钱订校外资料|收到|学校把钱退给家长,班主任作检讨
resolve|路牌被广告牌遮住看不见|收到|广告牌移走,路牌露出来了
resolve|自来水主管被挖漏了|收到|新管焊好,晚上七点通的水
resolve|去年的补偿款到现在没发|收到|48户的补偿款打卡完毕
resolve|渡船上没有救生衣,学生天天坐|收到|添了二十件救生衣,船员也培训了
resolve|河滩被人圈起来养鱼|收到|围网拆了,鱼塘填平恢复原样
resolve|孩子在托管班被开水烫了|收到|机构赔了医药费,当面给孩子赔了不是
resolve|孤寡老人家断炊两天了|收到|老人纳入特困供养,以后食堂一天三顿送到家
resolve|门禁卡补办一张收五十,凭啥这么贵||物价部门备案的是20元,多收的30元物业退
callback|我家电表跑得不准,电费高得离谱|收到;换好了|新表走字对得上吗?
callback|水稻得了稻瘟病,一片片倒|收到;防治完了|田里稳住没有?
announcement|我家电表跑得不准,电费高得离谱|收到|周五县里送戏下乡,晚上七点文化广场
announcement|我家电表跑得不准,电费高得离谱|收到|养老认证还有12户没做,抓紧来村部
progress|老人的养老金断了|收到|年审没做,系统挂起了
progress|西瓜地被邻村的水泡了|收到|口子挖开了,水在往下退,农技员明天估产
progress|浇地的电表走得快|收到|三块表有两块走得快,已拆走送检
progress|客车停运了|收到|运管所说是线路亏损,公司申请停运,还没批
resolve|浇地的电表走得快|收到|检定超差,两块表换新,多收的186度按户退钱
resolve|车库进水了|收到|积水排干,二十三台车都没泡着
resolve|健身步道的地砖翘了|收到|返工做完了,请大家走走看
resolve|收废品的喇叭太吵|收到|跟几个收废品的谈妥了,进小区不许开喇叭
resolve|灯杆被车撞歪了|收到|灯杆吊走了,路面清理完,明早立新杆
accept|学生宿舍太挤||我跟学校核实后答复您
accept|路灯杆被撞歪了||我过去摆个警示锥,叫城管来拆
"""
"""kind | the appeal | what officials said before, by ; | what is said now"""
TO_NO_APPEAL = (Kind.ANNOUNCEMENT, Kind.CHATTER)


def _cases() -> list[tuple[str, bool]]:
    """Quoted and not; what belongs to no appeal is not hung on one."""
    lines = STEPS.strip().splitlines()
    return [(line, quoted) for line in lines for quoted in (False, True) if not (quoted and line.startswith(TO_NO_APPEAL))]


@pytest.mark.parametrize(("line", "quoted"), _cases())
def test_tense_and_result_tell_how_far_it_has_come(chat: Chat, line: str, quoted: bool) -> None:
    kind, appeal, before, text = line.split("|")
    chat.say("villager", appeal)
    for earlier in filter(None, before.split(";")):
        chat.official(earlier, to="m1", after=20)
    reading = chat.official(text, to="m1" if quoted else None, after=60)
    assert reading.kind == kind, reading
    assert reading.appeal == (None if kind in TO_NO_APPEAL else "a1")
