"""Made-up people and companies from nineteen countries; all domains end in the reserved `.example`."""

# ruff: noqa: E501, RUF001
from __future__ import annotations

import unicodedata
from dataclasses import dataclass

Word = tuple[str, str]
"""A word as its owner writes it, and in ASCII for an address."""

_UNFOLDABLE = str.maketrans(
    {"ø": "o", "Ø": "O", "ß": "ss", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "æ": "ae"}
)


@dataclass(frozen=True, slots=True)
class Locale:
    """A country's names; `form_first`, `family_first` and `spaced` say how a name is put together."""

    country: str
    language: str
    currency: str
    dial: str
    city: str
    firsts: tuple[Word, ...]
    lasts: tuple[Word, ...]
    heads: tuple[Word, ...]
    trades: tuple[Word, ...]
    form: str
    form_first: bool = False
    family_first: bool = False
    spaced: bool = True


def ascii_fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.translate(_UNFOLDABLE))
    return "".join(letter for letter in plain if letter.isascii() and letter.isalnum()).lower()


def _words(text: str) -> tuple[Word, ...]:
    """Read `display` or `display=ascii` words; an underscore stands for a blank inside a word."""
    pairs = (word.partition("=") for word in text.split())
    return tuple((shown.replace("_", " "), ascii_fold(spelled or shown)) for shown, _, spelled in pairs)


def _locale(
    place: str, firsts: str, lasts: str, heads: str, trades: str, form: str, *, family_first: bool = False
) -> Locale:
    country, language, currency, dial, city = place.split()
    spaced = country not in {"jp", "cn"}
    return Locale(
        country, language, currency, dial, city.replace("_", " "), _words(firsts), _words(lasts), _words(heads),
        _words(trades), form, country in {"jp", "kr", "ua"}, family_first, spaced,
    )  # fmt: skip


LOCALES: tuple[Locale, ...] = (
    _locale(
        "us en USD 1 Portland",
        "James Maria Robert Linda Anthony Keisha Daniel Susan Malik Grace",
        "Miller O'Connor Johnson Nguyen Garcia Smith-Jones Washington Lee Kowalski Brooks",
        "Cedar_Ridge Blue_Harbor Ironwood Summit Redstone Lakeview Prairie Maple_&_Pine Northgate Silverline",
        "Supply Logistics Dental_Care Roofing Analytics Foods Hardware Interiors",
        "Inc.",
    ),
    _locale(
        "gb en GBP 44 Leeds",
        "Oliver Amelia Harry Isla George Freya Alfie Poppy Rhys Siobhán",
        "Thompson Clarke MacLeod Hughes Wright Patel Evans Fitzgerald Ashworth D'Arcy",
        "Kingsway Thistle Harrow Oakhurst Pennine Albion Wharf Rosebery Stonebridge Fenland",
        "Bakery Couriers Joinery Textiles Consulting Ceramics Optics Brewing",
        "Ltd",
    ),
    _locale(
        "de de EUR 49 Köln",
        "Jürgen Käthe Lukas Anneliese Björn Sabine Matthäus Heike Günther Zoë",
        "Müller Schäfer Groß Weiß König Böhm Krüger Hoffmann Lindemann von_der_Heide",
        "Nordlicht Rheintal Schwarzwald Hanse Elbufer Grünau Bergmann Süßmost Adler Mühlbach",
        "Logistik Maschinenbau Elektrotechnik Großhandel Druckerei Gartenbau Möbel Verlag",
        "GmbH",
    ),
    _locale(
        "fr fr EUR 33 Lyon",
        "François Élodie Benoît Chloé Jérôme Aurélie Théo Inès Loïc Hélène",
        "Lefèvre Dubois Gauthier Béranger Noël Moreau d'Aubigné Château Garçon Lemaître",
        "L'Étoile Vallée Côte_d'Argent Belle_Rive Mistral Forêt Azur Lumière Ardèche Garonne",
        "Vins Ébénisterie Traiteur Informatique Chocolaterie Transports Presse Fleurs",
        "SARL",
    ),
    _locale(
        "es es EUR 34 Sevilla",
        "José María Íñigo Lucía Andrés Begoña Ángel Noelia Joaquín Ainhoa",
        "García Muñoz Ibáñez Peña Rodríguez Núñez Echeverría Cortés Gómez Zubiría",
        "Horizonte Sierra_Alta Cañaveral El_Faro Río_Verde Almadén Ebro Peñón Costa_Sur Tajo",
        "Aceites Construcción Diseño Señalización Mariscos Jardinería Fontanería Telas",
        "S.L.",
    ),
    _locale(
        "br pt BRL 55 Recife",
        "João Conceição Thiago Luíza Antônio Márcia Caio Beatriz Inácio Lívia",
        "Gonçalves Assunção Araújo Magalhães Simões Pinheiro Brandão Falcão Queirós Sá",
        "Pão_Nosso Mata_Azul Ipê Cachoeira São_Bento Sabiá Jatobá Litoral Sertão Mandacaru",
        "Alimentos Construções Móveis Sementes Confecções Refrigeração Papelaria Cafés",
        "Ltda.",
    ),
    _locale(
        "pl pl PLN 48 Łódź",
        "Łukasz Małgorzata Paweł Żaneta Wojciech Agnieszka Michał Świętosława Bogdan Ewa",
        "Wiśniewski Dąbrowska Wójcik Kamiński Łuczak Źrebiec Szymański Grzęda Ćwikła Zając",
        "Bałtyk Jodła Świt Wisła Karpaty Żubr Łąka Mazury Kruszyna Złoty_Dąb",
        "Budownictwo Księgarnia Oświetlenie Przetwórstwo Hurtownia Usługi Stolarnia Części",
        "Sp._z_o.o.".replace("_", " "),
    ),
    _locale(
        "se sv SEK 46 Malmö",
        "Åsa Björn Märta Göran Söder Linnéa Håkan Örjan Ebba Nils",
        "Åkesson Sjöberg Öberg Lindström Bäckman Ångström Nyström Häggkvist Ek Dahl",
        "Fjärden Norrsken Björkö Västkust Ängen Skärgård Kullen Älvdal Lövsta Furu",
        "Bageri Måleri Byggvaror Rör Trädgård Åkeri Konsult Fiske",
        "AB",
    ),
    _locale(
        "tr tr TRY 90 İzmir",
        "Çağla İbrahim Şule Özgür Gülşen Uğur Ayşe Mert Işıl Yiğit",
        "Yılmaz Öztürk Çelik Şahin Güneş Kılıç Doğan Aydın Ünlü Işık",
        "Boğaziçi Çınar Yıldız Güneş Anadolu Şelale Kapadokya Ege Toros İpek",
        "Tekstil İnşaat Gıda Mobilya Çikolata Nakliyat Seramik Yazılım",
        "A.Ş.",
    ),
    _locale(
        "vn vi VND 84 Huế",
        "Minh Hương Tuấn Ngọc Đức Thảo Quỳnh Bảo Ánh Việt",
        "Nguyễn Trần Phạm Đặng Bùi Hoàng Võ Đỗ Lý Hồ",
        "Sông_Hồng Phú_Quý Đại_Dương Hoa_Sen Trường_Sơn Bình_Minh Hạ_Long Tân_Việt Mai_Vàng Ánh_Dương",
        "Dệt_May Thủy_Sản Xây_Dựng Nội_Thất Cà_Phê Vận_Tải Gốm In_Ấn",
        "JSC",
        family_first=True,
    ),
    _locale(
        "in hi INR 91 Pune",
        "आरव=Aarav प्रिया=Priya रोहन=Rohan अनन्या=Ananya विक्रम=Vikram सीता=Sita अर्जुन=Arjun मीरा=Meera नेहा=Neha करण=Karan",
        "शर्मा=Sharma पटेल=Patel राव=Rao गुप्ता=Gupta नायर=Nair सिंह=Singh देसाई=Desai जोशी=Joshi मेहता=Mehta अय्यर=Iyer",
        "गंगा=Ganga सूर्य=Surya कमल=Kamal हिमालय=Himalaya मयूर=Mayur शक्ति=Shakti नर्मदा=Narmada तारा=Tara चंदन=Chandan विद्या=Vidya",
        "ट्रेडर्स=Traders वस्त्र=Vastra मसाले=Masale इंजीनियरिंग=Engineering औषधि=Aushadhi स्टील=Steel चाय=Chai पुस्तक=Pustak",
        "Pvt Ltd",
    ),
    _locale(
        "jp ja JPY 81 大阪",
        "蓮=Ren 陽菜=Hina 大翔=Hiroto 結衣=Yui 健太=Kenta さくら=Sakura 翔太=Shota 美咲=Misaki 拓海=Takumi 葵=Aoi",
        "佐藤=Sato 鈴木=Suzuki 髙橋=Takahashi 田中=Tanaka 渡邊=Watanabe 伊藤=Ito 山本=Yamamoto 中村=Nakamura 小林=Kobayashi 齋藤=Saito",
        "青空=Aozora 富士=Fuji 桜川=Sakuragawa 東海=Tokai みどり=Midori 北斗=Hokuto 日の出=Hinode 松風=Matsukaze 銀河=Ginga 若葉=Wakaba",
        "商事=Shoji 製作所=Seisakusho 食品=Shokuhin 運輸=Unyu 電機=Denki 印刷=Insatsu 園芸=Engei 茶舗=Chaho",
        "株式会社",
        family_first=True,
    ),
    _locale(
        "cn zh CNY 86 成都",
        "伟=Wei 芳=Fang 娜=Na 秀英=Xiuying 敏=Min 静=Jing 强=Qiang 磊=Lei 洋=Yang 艳=Yan",
        "王=Wang 李=Li 张=Zhang 刘=Liu 陈=Chen 杨=Yang 赵=Zhao 黄=Huang 欧阳=Ouyang 吴=Wu",
        "长江=Changjiang 金龙=Jinlong 东方=Dongfang 华丰=Huafeng 天山=Tianshan 明月=Mingyue 瑞祥=Ruixiang 新星=Xinxing 海蓝=Hailan 宏达=Hongda",
        "贸易=Maoyi 科技=Keji 食品=Shipin 纺织=Fangzhi 物流=Wuliu 建材=Jiancai 茶业=Chaye 电子=Dianzi",
        "有限公司",
        family_first=True,
    ),
    _locale(
        "kr ko KRW 82 부산",
        "민준=Minjun 서연=Seoyeon 지훈=Jihoon 하은=Haeun 도윤=Doyun 수아=Sua 현우=Hyunwoo 유진=Yujin 준서=Junseo 지민=Jimin",
        "김=Kim 이=Lee 박=Park 최=Choi 정=Jung 강=Kang 조=Cho 윤=Yoon 장=Jang 한=Han",
        "한빛=Hanbit 대한=Daehan 푸른=Pureun 새벽=Saebyeok 백두=Baekdu 미래=Mirae 서울=Seoul 동해=Donghae 별=Byeol 나무=Namu",
        "상사=Sangsa 전자=Jeonja 식품=Sikpum 건설=Geonseol 물류=Mullyu 디자인=Design 인쇄=Inswae 의류=Uiryu",
        "(주)",
        family_first=True,
    ),
    _locale(
        "ae ar AED 971 دبي",
        "محمد=Mohammed فاطمة=Fatima أحمد=Ahmed عائشة=Aisha خالد=Khalid نورة=Noura يوسف=Yousef ليلى=Layla سلطان=Sultan مريم=Mariam",
        "المنصوري=Almansoori الهاشمي=Alhashimi حداد=Haddad النجار=Alnajjar الزعابي=Alzaabi فارس=Faris الشامسي=Alshamsi قاسم=Qasim منصور=Mansour الكعبي=Alkaabi",
        "النخلة=Nakhla الواحة=Waha الخليج=Khaleej الصقر=Saqr اللؤلؤة=Lulua الفجر=Fajr البركة=Baraka الشمس=Shams الياسمين=Yasmin الأفق=Ufuq",
        "للتجارة=Trading للمقاولات=Contracting للأغذية=Foods للعطور=Perfumes للنقل=Transport للأثاث=Furniture للطباعة=Printing للسفر=Travel",
        "ش.م.ح",
    ),
    _locale(
        "il he ILS 972 חיפה",
        "נועם=Noam תמר=Tamar איתי=Itai שירה=Shira יונתן=Yonatan מאיה=Maya אורי=Uri רחל=Rachel דוד=David יעל=Yael",
        "כהן=Cohen לוי=Levi מזרחי=Mizrahi פרץ=Peretz ביטון=Biton אברהם=Avraham פרידמן=Friedman שפירא=Shapira גולן=Golan רוזן=Rosen",
        "הגליל=Galil כרמל=Carmel אלון=Alon תבור=Tabor ארז=Erez שקמה=Shikma הדר=Hadar נגב=Negev זית=Zayit שחר=Shachar",
        "שיווק=Shivuk בניה=Bniya מזון=Mazon תוכנה=Tochna דפוס=Dfus ריהוט=Rihut הובלות=Hovalot אופטיקה=Optika",
        'בע"מ',
    ),
    _locale(
        "gr el EUR 30 Αθήνα",
        "Γιώργος=Giorgos Ελένη=Eleni Νίκος=Nikos Μαρία=Maria Δημήτρης=Dimitris Σοφία=Sofia Κώστας=Kostas Ιωάννα=Ioanna Πέτρος=Petros Άννα=Anna",
        "Παπαδόπουλος=Papadopoulos Γεωργίου=Georgiou Νικολάου=Nikolaou Οικονόμου=Oikonomou Βλάχος=Vlachos Αγγελής=Angelis Δήμου=Dimou Ζαχαρίου=Zachariou Καρράς=Karras Λάμπρου=Lamprou",
        "Αιγαίο=Aigaio Όλυμπος=Olympos Ελιά=Elia Ήλιος=Ilios Κύμα=Kyma Δελφοί=Delfoi Πίνδος=Pindos Ιθάκη=Ithaki Θύελλα=Thyella Μαΐστρος=Maistros",
        "Τρόφιμα=Trofima Ναυτιλιακή=Naftiliaki Εκδόσεις=Ekdoseis Κεραμικά=Keramika Έπιπλα=Epipla Οίνοι=Oinoi Ταξίδια=Taxidia Φάρμακα=Farmaka",
        "Α.Ε.",
    ),
    _locale(
        "ua uk UAH 380 Львів",
        "Олександр=Oleksandr Оксана=Oksana Тарас=Taras Юлія=Yuliia Богдан=Bohdan Ірина=Iryna Андрій=Andrii Соломія=Solomiia Ярослав=Yaroslav Наталія=Nataliia",
        "Шевченко=Shevchenko Коваленко=Kovalenko Бондар=Bondar Ткачук=Tkachuk Мельник=Melnyk Гриценко=Hrytsenko Їжак=Yizhak Лисенко=Lysenko Петренко=Petrenko Щербак=Shcherbak",
        "Дніпро=Dnipro Карпати=Karpaty Калина=Kalyna Світанок=Svitanok Степ=Step Зоря=Zoria Веселка=Veselka Лелека=Leleka Поділля=Podillia Джерело=Dzherelo",
        "Агро=Ahro Меблі=Mebli Будсервіс=Budservis Друк=Druk Хліб=Khlib Текстиль=Tekstyl Логістика=Lohistyka Аптека=Apteka",
        "ТОВ",
    ),
    _locale(
        "th th THB 66 เชียงใหม่",
        "สมชาย=Somchai มาลี=Malee ธนา=Thana อรุณี=Arunee กิตติ=Kitti พิมพ์=Pim นภา=Napa วิชัย=Wichai ศิริ=Siri ชลิต=Chalit",
        "ใจดี=Jaidee สุขใจ=Sukjai วงศ์ไทย=Wongthai แสงทอง=Saengthong บุญมา=Boonma ทองดี=Thongdee รัตนา=Rattana ศรีสุข=Srisuk พานิช=Panich มณี=Manee",
        "ช้างทอง=Changthong ดอกบัว=Dokbua อันดามัน=Andaman เจ้าพระยา=Chaophraya ไผ่เขียว=Phaikhiao รุ่งเรือง=Rungrueang สยาม=Siam ล้านนา=Lanna ทะเล=Thale ภูผา=Phupha",
        "การค้า=Kankha อาหาร=Ahan ขนส่ง=Khonsong ผ้าไหม=Phamai ก่อสร้าง=Kosang เซรามิก=Seramik สมุนไพร=Samunphrai ท่องเที่ยว=Thongthiao",
        "จำกัด",
    ),
)  # fmt: skip
