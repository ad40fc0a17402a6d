"""Which department answers: own appeals, on a directory whose codes, names and duties are worded unlike any example's."""

import time

import pytest

from services.routing.matching import Department, Directory, propose
from shared.events.intake import Kind

COUNTY = Directory.of(
    Department(code, name, level, tuple(duties.split()))
    for code, name, level, duties in (
        ("D01", "各村村民委员会", "village", "村务财务公开 邻里调解 巷道照明 保洁清运 空巢老人关爱 出具证明"),
        ("D02", "青石镇人民政府", "township", "综合治理 农村建房初审 人居环境整治 秸秆综合利用 村干部管理"),
        ("D03", "国网青石县供电公司", "vertical", "供电抢修 农网改造 用电报装 电费收缴"),
        ("D04", "青石县水务局", "county", "农村饮水安全 供水管网维护 灌区与机井管理 河湖管理 水旱灾害"),
        ("D05", "青石县住建局", "county", "农房安全与危房改造 物业监管 燃气与集中供热 雨污水管网 保障性住房"),
        ("D06", "青石县综合行政执法局", "county", "市容市貌 流动摊贩管理 违法建设查处 餐饮油烟 城区照明与环卫 社会生活噪声"),
        ("D07", "青石县交通局", "county", "农村公路养护 城乡客运 治理超限超载 危桥改造"),
        ("D08", "青石县公安局", "county", "社会治安 户籍与证件 道路交通秩序 打击电信网络诈骗 养犬登记"),
        ("D09", "青石县人社局", "county", "城乡居民基本养老保险 社会保障卡 根治欠薪 就业服务与技能培训 工伤认定"),
        ("D10", "青石县民政局", "county", "最低生活保障 特困人员供养 残疾人两项补贴 高龄补贴 婚姻和殡葬管理"),
        ("D11", "青石县医保局", "county", "城乡居民医疗保险 住院费用报销 门诊慢特病 异地就医"),
        ("D12", "青石县卫健委", "county", "基层医疗机构管理 预防接种 家庭医生签约 生育服务"),
        ("D13", "青石县教育和体育局", "county", "义务教育招生 师德师风 校园食品与校车安全 校外培训监管 公共体育设施"),
        ("D14", "青石县农业局", "county", "农资监管 农机购置补贴 农作物病虫害防治 动物疫病防控 承包地管理 高标准农田建设"),
        ("D15", "青石县自然资源和规划局", "county", "不动产登记 宅基地审批 耕地保护 矿产与河砂执法 林地林木"),
        ("D16", "青石县环保局", "county", "水污染防治 大气污染防治 畜禽养殖污染 工业企业排污"),
        ("D17", "青石县市监局", "county", "食品药品安全 产品质量 价格与计量 消费者投诉 特种设备 经营主体登记"),
        ("D18", "青石县应急局", "county", "消防安全 危险化学品与烟花爆竹 防汛抗旱 森林火灾 安全生产监管"),
        ("D19", "青石县文旅局", "county", "公共文化服务 文物保护 广播电视 景区管理"),
        ("D20", "青石县财政局", "county", "惠民惠农财政补贴一卡通 预算公开"),
        ("D21", "青石县司法局", "county", "法律援助 人民调解 公证"),
        ("D22", "青石县通信发展办", "vertical", "移动通信基站 宽带网络覆盖 通信线路整治"),
        ("D23", "青石县信访局", "county", "来信来访 疑难积案"),
        ("D24", "青石县纪委监委", "county", "监督执纪 违纪违法举报 群众身边腐败"),
    )
)

APPEALS = (
    # power
    ("三天两头断电,冰箱里的肉全坏了", "D03"),
    ("一到晚上做饭点电压就撑不住,空调根本带不起来", "D03"),
    ("大风把电线杆吹歪了,线快挨着房檐,谁来看看", "D03"),
    ("变压器嗡嗡响还冒火花,吓死人", "D03"),
    ("这个月电费咋比上个月多了三倍", "D03"),
    ("刚才咔嚓一声全村都黑了,啥时候来电啊", "D03"),
    ("高压线离俺家房顶不到两米", "D03"),
    # water
    ("自来水放出来跟泥汤一样浑", "D04"),
    ("俺们这片三天没水了,洗衣服都没法洗", "D04"),
    ("主管道漏了,水淌了一路没人修", "D04"),
    ("地里机井坏了半个月,玉米都旱卷叶了", "D04"),
    ("河道里全是淤泥,该清淤了", "D04"),
    ("住四楼,水压太小,热水器都打不着", "D04"),
    ("水费怎么收的,一吨多少钱", "D04"),
    # homes
    ("老屋的山墙裂了一指宽的缝,想申请危房改造", "D05 D01 D02"),
    ("小区物业半年没人打扫楼道,物业费照收", "D05"),
    ("燃气啥时候能通到咱这边", "D05"),
    ("暖气片冰凉,屋里才十二度", "D05"),
    ("公共维修基金怎么申请使用", "D05"),
    ("厨房里一股煤气味,可能漏气了,很危险", "D05 D18"),
    ("县城东关小区门口下水道堵了,污水横流", "D05"),
    # town order
    ("超市门前天天有人摆摊,人行道都走不成", "D06"),
    ("楼下烧烤店油烟直往俺家窗户里灌", "D06 D16"),
    ("对面在楼顶私自加盖了一层,算违建吧", "D06"),
    ("县城中山大道的路灯灭了一排", "D06"),
    ("KTV唱到凌晨两点,吵得孩子睡不着", "D06 D08 D16"),
    ("工地半夜还在打桩,轰隆轰隆的", "D06 D16"),
    ("广场上的公共厕所脏得下不去脚,县城里也不管管", "D06"),
    # roads and traffic
    ("去镇上的公路坑坑洼洼,骑车摔了好几个", "D07"),
    ("最后一班客车五点就没了,学生回不来", "D07"),
    ("拉石子的大货车把县道轧烂了", "D07"),
    ("河上那座小桥栏杆断了,娃娃过桥害怕", "D07"),
    ("公交车能不能在俺村口加一站", "D07"),
    ("学校门口的减速带磨平了", "D07 D08"),
    # police
    ("夜里一群小年轻骑摩托炸街", "D08"),
    ("俺家三轮车昨晚被偷了", "D08"),
    ("接到个电话说是公检法让我转账,是不是骗子", "D08"),
    ("孩子上户口要带啥材料", "D08"),
    ("身份证到期了在哪换", "D08"),
    ("十字路口红绿灯坏了三天,车都抢着走", "D08"),
    ("村西头有人聚众赌博", "D08"),
    ("俺爷爷早上出门走丢了,大家帮忙找找", "D08"),
    # work and old age
    ("我娘的养老金两个月没发了", "D09"),
    ("养老认证在手机上刷脸老是通不过", "D09"),
    ("在工地干了仨月,老板一分工钱不给", "D09"),
    ("厂里上班手被机器压伤了,算不算工伤", "D09"),
    ("五十多岁还能报电焊培训班吗", "D09"),
    ("社保卡磁条坏了去哪补", "D09"),
    ("那个厂招不招女工,管不管吃住", "D09"),
    ("公司天天加班不给加班费", "D09"),
    ("退休年龄到了手续怎么办", "D09"),
    # relief
    ("低保突然给停了,啥原因", "D10"),
    ("俺爹八十了,高龄补贴咋领", "D10"),
    ("残疾证下来了,补贴找谁办", "D10"),
    ("孩子爹妈都没了跟着奶奶过,能不能算孤儿救助", "D10"),
    ("领结婚证周六上班不", "D10"),
    ("镇敬老院还收不收人", "D10"),
    # health
    ("住院花了两万,医保能报多少", "D11"),
    ("在郑州打工看病,异地怎么备案", "D11"),
    ("合作医疗今年交多少钱", "D11"),
    ("我爸高血压想办个慢病卡", "D11"),
    ("村卫生室老是关门,想量个血压都找不到大夫", "D12"),
    ("娃该打预防针了,啥时候打", "D12"),
    ("独生子女费今年还发吗", "D12"),
    ("家庭医生签了约一回也没来过", "D12"),
    # school
    ("娃转学到县城需要什么手续", "D13"),
    ("学校食堂的饭菜都是凉的", "D13"),
    ("校车超员,三十个娃挤二十座", "D13"),
    ("老师私下办班补课,不去就给脸色", "D13"),
    ("文化广场的健身器材断了,别砸着孩子", "D13 D01"),
    ("幼儿园保教费涨了一半", "D13"),
    ("俺孩子在学校被同学欺负了", "D13"),
    # fields
    ("买的玉米种子出苗不到一半", "D14"),
    ("麦子叶子发黄长锈,打啥药", "D14"),
    ("收割机补贴还有没有", "D14"),
    ("合作社租俺的地,两年没给租金", "D14 D02"),
    ("养的羊一下死了五只,怕是有病", "D14"),
    ("除草剂打完苗都蔫了", "D14 D17"),
    ("冰雹把大棚砸了,保险咋理赔", "D14"),
    ("高标准农田的井不通电", "D14 D04"),
    # land
    ("宅基地申请交上去一年没信", "D15 D02"),
    ("有人在基本农田里建厂房", "D15"),
    ("河滩上夜里有人偷着抽沙", "D15 D04"),
    ("房产证过户需要带什么", "D15"),
    ("后山的树被人偷砍了十几棵", "D15"),
    ("修高速占了俺家二亩地,补偿款还没见", "D15 D05 D02"),
    # environment
    ("养猪场的粪水直接往沟里排,臭得不敢开窗", "D16"),
    ("砖厂烟囱天天冒黑烟", "D16"),
    ("河水变黑了,死了好多鱼", "D16"),
    ("有人在地头烧秸秆,呛得慌", "D16 D02"),
    ("化工厂晚上偷偷排废水", "D16"),
    ("搅拌站的灰落得满院子都是", "D16"),
    # market
    ("超市卖过期牛奶", "D17"),
    ("集上卖菜的秤有问题,三斤少半斤", "D17"),
    ("小区电梯老是卡在半道,困住人两回了", "D17 D05"),
    ("给老人推销假保健品,一套三千多", "D17 D08"),
    ("想开个小饭馆,营业执照咋办", "D17"),
    ("买的手机坏了商家不给退货", "D17"),
    ("饭店吃完全家拉肚子", "D17 D12"),
    # emergency
    ("门面房里存了十几桶汽油,楼上还住着人", "D18"),
    ("楼道里拉线给电动车充电,早晚出事", "D18"),
    ("有人偷着卖鞭炮,堆了一屋", "D18"),
    ("水库水位涨得快,下游要不要转移", "D18 D04"),
    ("上坟烧纸把坡上的草点着了", "D18"),
    ("大雨下了一夜,洪水快进村了", "D18 D04"),
    # culture, money, law, networks
    ("送戏下乡啥时候轮到俺村", "D19"),
    ("有人夜里在老庙后头挖古墓", "D19 D08"),
    ("家里的机顶盒一个台都没有", "D19"),
    ("地力补贴到现在还没到账", "D20 D14"),
    ("一卡通里的钱对不上数", "D20"),
    ("想打官司没钱请律师", "D21"),
    ("表弟借我钱不还,欠条还在,咋办", "D21"),
    ("手机在家一格信号都没有", "D22"),
    ("宽带一到晚上就卡得不行", "D22"),
    ("通信光缆垂到路中间了", "D22"),
    ("这事反映了多少次,十几年了都没人解决", "D23"),
    # the village's own
    ("巷子里的灯坏了仨,晚上黑咕隆咚", "D01"),
    ("垃圾桶满了好几天没人拉,苍蝇乱飞", "D01 D06 D02"),
    ("邻居盖房占了俺家的过道", "D01"),
    ("村里卖树的钱花哪儿了,从来没公布过", "D01"),
    ("这回发米面油怎么漏了俺家", "D01"),
    ("俺奶奶一个人在家腿脚不便,谁帮忙买点药", "D01"),
    ("要开个居住证明,找谁盖章", "D01"),
    ("隔壁的树枝伸到俺院里,两家吵了好几回", "D01"),
    ("俺娘独居,厨房水龙头坏了滴水,孩子都在外地", "D01"),
    ("巷子一下雨就存水,老人出不了门", "D01"),
    ("俺村里的路泥得没法下脚,啥时候硬化", "D01 D07"),
    ("老两口房顶漏了,想请村里帮着换几片瓦", "D01"),
    # officials
    ("会计把救灾款装进自己兜里了", "D24"),
    ("办事不送礼就拖着不给办,吃拿卡要", "D24"),
    ("支书给他小舅子虚报补贴", "D24"),
)


def lead(text: str, directory: Directory = COUNTY, *, kind: Kind = Kind.APPEAL, village: str = "柳河湾村") -> str:
    return propose(text, directory, kind=kind, village=village, township="青石镇")[0].department


@pytest.mark.parametrize(("text", "accountable"), APPEALS, ids=[text for text, _ in APPEALS])
def test_an_appeal_finds_who_is_accountable(text: str, accountable: str) -> None:
    assert lead(text) in accountable.split()


# where the trouble is


@pytest.mark.parametrize(
    ("text", "inside", "in_town"),
    [
        ("路灯坏了两盏,天一黑啥也看不见", "D01", "D06"),
        ("垃圾好几天没清,苍蝇嗡嗡的", "D01", "D06"),
        ("下水道堵了,脏水漫到路上", "D01", "D05"),
    ],
)
def test_what_village_and_town_both_own_goes_by_where_it_is(text: str, inside: str, in_town: str) -> None:
    assert lead(f"俺村里{text}") == inside
    assert lead(f"县城南苑小区{text}") == in_town
    assert lead(text, village="南苑社区") == in_town


def test_a_county_road_is_not_the_villages_even_when_a_villager_writes() -> None:
    assert lead("俺村通往镇上的公路塌了一大块") == "D07"
    assert lead("俺村里巷子的路塌了一块") == "D01"


def test_one_households_pipe_is_a_neighbours_help_and_the_whole_villages_is_the_water_offices() -> None:
    assert lead("俺娘一个人住,家里水管坏了") == "D01"
    assert lead("全村水管爆了,一滴水都没有") == "D04"


def test_a_place_named_in_passing_is_not_the_subject() -> None:
    assert lead("中学门口的路灯不亮") != "D13"
    assert lead("医院对面天天有人摆摊卖水果") == "D06"


def test_a_villages_own_name_says_nothing_of_the_subject() -> None:
    assert lead("石桥沟村的养老金还没发", village="石桥沟村") == "D09"
    assert lead("石灰窑村没有信号", village="石灰窑村") == "D22"


def test_danger_goes_to_the_office_that_can_act_at_once() -> None:
    assert lead("电线掉到地上还冒火花,娃娃都在旁边,太危险") == "D03"
    assert lead("仓库着火了,里头有汽油,救命") == "D18"


def test_an_enquiry_about_a_job_notice_is_answered_by_who_knows_jobs() -> None:
    assert lead("几点上班,包不包住,一个月多少钱", kind=Kind.ENQUIRY) == "D09"


def test_a_question_about_a_published_list_belongs_to_the_village() -> None:
    assert lead("名单咋评的?俺家条件比他家差咋没有俺?", kind=Kind.ENQUIRY) == "D01"


# sealed and accusing


def test_a_sealed_case_is_proposed_to_the_commission_alone() -> None:
    proposals = propose("支书把低保给了他亲戚", COUNTY, kind=Kind.REPORT, sealed=True, village="柳河湾村")
    assert [p.department for p in proposals] == ["D24"]
    assert proposals[0].confidence > 0.9


def test_a_sealed_case_without_a_commission_waits_at_the_county_desk_not_in_the_village() -> None:
    bare = Directory.of(d for d in COUNTY.departments if d.code != "D24")
    assert bare.commission is None
    assert [p.department for p in propose("有人贪污", bare, kind=Kind.REPORT, sealed=True)] == ["D23"]


def test_a_report_reaches_the_commission_whatever_it_is_about() -> None:
    assert lead("修路的款子不对劲", kind=Kind.REPORT) == "D24"


# nothing matched


def test_what_no_rule_places_goes_to_the_county_desk_with_low_confidence() -> None:
    best = propose("嗯嗯那个那个", COUNTY, kind=Kind.APPEAL)[0]
    assert best.department == "D23"
    assert best.confidence < 0.3
    assert best.reasons


def test_village_talk_that_no_rule_places_goes_to_the_village_first() -> None:
    proposals = propose("大队那个事到底咋弄的", COUNTY, kind=Kind.APPEAL, village="柳河湾村")
    assert [p.department for p in proposals][:2] == ["D01", "D23"]
    assert proposals[0].confidence < 0.45


def test_a_matter_nobody_owns_says_so() -> None:
    small = Directory.of((Department("x", "某镇人民政府", "township", ("综合协调",)),))
    best = propose("手机没有信号", small, kind=Kind.APPEAL)[0]
    assert best.department == "x"
    assert any("通信/信号宽带" in reason for reason in best.reasons)


@pytest.mark.parametrize("text", ["", " ", "。", "👍👍", "a" * 5000, "停电" * 2000])
def test_any_text_gets_at_least_one_and_at_most_three_proposals(text: str) -> None:
    proposals = propose(text, COUNTY, kind=Kind.APPEAL, village="柳河湾村", township="青石镇")
    assert 1 <= len(proposals) <= 3
    assert all(0 < p.confidence < 1 for p in proposals)
    assert len({p.department for p in proposals}) == len(proposals)


def test_proposals_are_ranked_and_explained_in_chinese() -> None:
    proposals = propose("变压器冒火花", COUNTY, kind=Kind.APPEAL)
    assert [p.confidence for p in proposals] == sorted((p.confidence for p in proposals), reverse=True)
    assert "变压器" in proposals[0].reasons[0]
    assert proposals[0].category == "城乡建设/用电安全"


# directories of other counties


def test_duties_outrank_what_an_office_usually_does() -> None:
    unusual = Directory.of(
        (
            Department("a", "城市管理局", "county", ("占道经营",)),
            Department("b", "机关事务和亮化中心", "county", ("路灯", "公园")),
            Department("c", "信访局", "county", ("信访",)),
        )
    )
    assert lead("县城大道路灯不亮", unusual, village="") == "b"


def test_terse_duties_are_helped_by_the_offices_name() -> None:
    terse = Directory.of(
        Department(name, name, "county", ("业务",)) for name in ("民政局", "水利局", "医疗保障局", "教育局", "信访局")
    )
    assert lead("村里停水两天", terse) == "水利局"
    assert lead("低保咋申请", terse) == "民政局"
    assert lead("住院报销比例", terse) == "医疗保障局"


def test_a_township_government_is_not_the_civil_affairs_office() -> None:
    named = Directory.of(
        (Department("t", "乡镇人民政府", "township", ("包村",)), Department("m", "民政局", "county", ("民政",)))
    )
    assert lead("低保咋申请", named) == "m"


def test_an_office_the_county_lacks_is_done_by_who_does_its_work() -> None:
    assert lead("退伍军人优待金啥时候发") == "D10"
    assert COUNTY.by_name("这个转林业局") == COUNTY.get("D15")


def test_where_villages_are_listed_one_by_one_only_the_writers_own_is_proposed() -> None:
    several = Directory.of(
        (
            Department("v1", "柳河湾村村委会", "village", ("邻里纠纷", "垃圾清运")),
            Department("v2", "北坡村村委会", "village", ("邻里纠纷", "垃圾清运")),
            Department("l", "信访局", "county", ("信访",)),
        )
    )
    assert lead("垃圾没人清", several, village="北坡村") == "v2"
    assert lead("垃圾没人清", several, village="柳河湾村") == "v1"


def test_the_county_desk_is_the_letters_office_else_the_coordinator_else_the_township_else_the_first() -> None:
    letters = Department("l", "群众来访接待中心", "county", ())
    coordinator = Department("k", "县委办公室", "county", ("综合协调",))
    township = Department("t", "某镇人民政府", "township", ())
    other = Department("o", "水利局", "county", ("供水",))
    assert Directory.of((other, township, coordinator, letters)).county_desk is letters
    assert Directory.of((other, township, coordinator)).county_desk is coordinator
    assert Directory.of((other, township)).county_desk is township
    assert Directory.of((other,)).county_desk is other


def test_a_directory_needs_a_department() -> None:
    with pytest.raises(ValueError, match="部门"):
        Directory.of(())


# departments named in an official's chat


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("这个归水利局管,已转水利局", "D04"),
        ("转交通局", "D07"),
        ("归电力公司", "D03"),
        ("已转给县住建局处理", "D05"),
        ("这是人社局的事,我帮你联系", "D09"),
        ("报农业农村局了,等技术员来", "D14"),
        ("转农业局", "D14"),
        ("这事城管负责,已派单给城管", "D06"),
        ("请卫健委的同志看一下", "D12"),
        ("找医保局窗口办", "D11"),
        ("已通知派出所", "D08"),
        ("联系供电所了,一会就到", "D03"),
        ("转民政办理", "D10"),
        ("这个得反映给纪委", "D24"),
        ("应由国土所核实", "D15"),
        ("已移交环保局", "D16"),
        ("归工商所管", "D17"),
        ("已请消防队过来", "D18"),
        ("转给文化站", "D19"),
        ("让司法所给调解", "D21"),
        ("联系移动公司检修", "D22"),
        ("属于信访局受理范围", "D23"),
        ("转财政所核对", "D20"),
        ("教体局正在核实", "D13"),
        ("青石县水务局已派人", "D04"),
        ("这不归水利局管,归交通局管", "D07"),
        ("我们派出所已看过现场,现转交住建局", "D05"),
        ("报镇政府统一安排", "D02"),
        ("转村委会先去看看", "D01"),
    ],
)
def test_a_department_named_by_an_official_is_found(text: str, code: str) -> None:
    found = COUNTY.by_name(text)
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize(
    "text",
    [
        "收到,马上处理",
        "我们供电所马上派人",
        "你来村委会,我给你开证明",
        "这不归水利局管",
        "交通不便,请大家理解",
        "财政资金已列支",
        "",
    ],
)
def test_no_department_or_only_ones_own_is_no_referral(text: str) -> None:
    assert COUNTY.by_name(text) is None


def test_the_senders_own_department_is_no_referral() -> None:
    assert COUNTY.by_name("水利局的人在路上了", sender="D04") is None
    assert COUNTY.by_name("水利局看过了,转住建局", sender="D04") == COUNTY.get("D05")


# speed


def test_a_proposal_takes_less_than_a_millisecond() -> None:
    taken = []
    for text, _ in APPEALS:
        began = time.perf_counter()
        propose(text, COUNTY, kind=Kind.APPEAL, village="柳河湾村", township="青石镇")
        taken.append(time.perf_counter() - began)
    assert sorted(taken)[len(taken) // 2] < 0.001


def test_a_text_made_of_nothing_but_triggers_costs_no_more_than_its_length() -> None:
    began = time.perf_counter()
    propose("路坑水漏电线灯" * 1500, COUNTY, kind=Kind.APPEAL)
    assert time.perf_counter() - began < 0.5
