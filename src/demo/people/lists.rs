//! What synthetic people are made of: names, towns and the answers that a membership form collects.
//!
//! Names and towns are common ones of Great Britain and Northern Ireland, put together by chance. Nobody is meant.

/// A town with its parliamentary constituencies and the outward codes around it.
#[derive(Clone, Copy)]
pub(super) struct Town {
    pub(super) name: &'static str,
    pub(super) constituencies: &'static [&'static str],
    pub(super) outcodes: &'static [&'static str],
}

const fn town(name: &'static str, constituencies: &'static [&'static str], outcodes: &'static [&'static str]) -> Town {
    Town { name, constituencies, outcodes }
}

pub(super) const TOWNS: &[Town] = &[
    town("Cardiff", &["Cardiff West", "Cardiff North", "Cardiff East"], &["CF10", "CF11", "CF14", "CF23", "CF24"]),
    town("Swansea", &["Swansea West", "Neath and Swansea East"], &["SA1", "SA2", "SA5"]),
    town("Newport", &["Newport East", "Newport West and Islwyn"], &["NP19", "NP20"]),
    town("Aberystwyth", &["Ceredigion Preseli"], &["SY23"]),
    town("Bangor", &["Bangor Aberconwy"], &["LL57"]),
    town("Llanelli", &["Llanelli"], &["SA14", "SA15"]),
    town("Wrexham", &["Wrexham"], &["LL11", "LL12", "LL13"]),
    town("Llangefni", &["Ynys Môn"], &["LL77"]),
    town("Merthyr Tydfil", &["Merthyr Tydfil and Aberdare"], &["CF47", "CF48"]),
    town("Bristol", &["Bristol Central", "Bristol East", "Bristol South"], &["BS1", "BS5", "BS6"]),
    town("Birmingham", &["Birmingham Edgbaston", "Birmingham Erdington", "Birmingham Yardley"], &["B5", "B15", "B23"]),
    town("Manchester", &["Manchester Central", "Manchester Withington"], &["M1", "M14", "M20"]),
    town("Leeds", &["Leeds East", "Leeds North West"], &["LS2", "LS6", "LS15"]),
    town("Liverpool", &["Liverpool Riverside", "Liverpool Wavertree"], &["L1", "L8", "L15"]),
    town("Newcastle upon Tyne", &["Newcastle upon Tyne North"], &["NE1", "NE3"]),
    town("Norwich", &["Norwich North", "Norwich South"], &["NR1", "NR3"]),
    town("London", &["Hackney North and Stoke Newington", "Vauxhall and Camberwell Green"], &["N16", "SE5", "E8"]),
    town("Glasgow", &["Glasgow East", "Glasgow North", "Glasgow South"], &["G1", "G12", "G41"]),
    town("Edinburgh", &["Edinburgh South", "Edinburgh North and Leith"], &["EH6", "EH9", "EH16"]),
    town("Aberdeen", &["Aberdeen North", "Aberdeen South"], &["AB10", "AB24"]),
    town("Belfast", &["Belfast East", "Belfast North", "Belfast South and Mid Down"], &["BT4", "BT9", "BT14"]),
    town("Exeter", &["Exeter"], &["EX1", "EX4"]),
];

pub(super) const STREETS: &[&str] = &[
    "High Street",
    "Station Road",
    "Church Lane",
    "Mill Street",
    "Victoria Road",
    "Heol y Bont",
    "Stryd Fawr",
    "Queen Street",
    "Park Avenue",
    "Chapel Row",
    "King's Road",
    "Albert Terrace",
    "Ffordd y Môr",
    "Castle View",
    "Orchard Close",
    "The Green",
];

pub(super) const WOMEN: &[&str] = &[
    "Siân", "Megan", "Cerys", "Angharad", "Carys", "Nia", "Rhian", "Bethan", "Ffion", "Elin", "Sarah", "Emma", "Olivia", "Aisha",
    "Priya", "Fatima", "Grace", "Rachel", "Zofia", "Chloë", "Margaret", "Susan", "Ngozi", "Mei", "Niamh", "Catriona", "Joan",
];
pub(super) const MEN: &[&str] = &[
    "Rhys", "Dafydd", "Gethin", "Llŷr", "Owain", "Ieuan", "Huw", "Emyr", "Gareth", "Iolo", "James", "Thomas", "Oliver",
    "Mohammed", "Arjun", "Yusuf", "David", "Daniel", "Piotr", "Kwame", "George", "Peter", "Chidi", "Wei", "Ciarán", "Hamish",
    "Liam",
];
pub(super) const NEITHER: &[&str] = &["Alex", "Sam", "Robin", "Kit", "Ash", "Rowan", "Jo", "Morgan"];
pub(super) const SURNAMES: &[&str] = &[
    "Jones",
    "Davies",
    "Williams",
    "Evans",
    "Griffiths",
    "Llewelyn",
    "ap Dafydd",
    "Pryce-Jones",
    "Rees",
    "Bowen",
    "Morgan",
    "Howells",
    "Smith",
    "Taylor",
    "Brown",
    "Wilson",
    "Clarke",
    "Wright",
    "Khan",
    "Patel",
    "Ahmed",
    "Begum",
    "Singh",
    "Okafor",
    "Mensah",
    "Chen",
    "O'Brien",
    "O’Connor",
    "Kowalska",
    "MacDonald",
    "Campbell",
    "Cohen",
    "Levy",
    "Hughes-Thomas",
    "Ó Ceallaigh",
    "St John",
];

pub(super) const MEMBERSHIPS: &[(u32, &str)] = &[(58, "standard"), (24, "concession"), (10, "youth"), (6, "family"), (2, "life")];
pub(super) const RELIGIONS: &[(u32, Option<&str>)] = &[
    (30, None),
    (26, Some("no religion")),
    (27, Some("Christian")),
    (7, Some("Muslim")),
    (3, Some("Hindu")),
    (2, Some("Sikh")),
    (2, Some("Jewish")),
    (1, Some("Buddhist")),
    (2, Some("")),
];
pub(super) const ETHNICITIES: &[(u32, Option<&str>)] = &[
    (22, None),
    (38, Some("White British")),
    (14, Some("White Welsh")),
    (4, Some("White Irish")),
    (6, Some("Indian")),
    (5, Some("Pakistani")),
    (3, Some("Bangladeshi")),
    (2, Some("Chinese")),
    (3, Some("Black African")),
    (2, Some("Black Caribbean")),
    (1, Some("Gypsy or Irish Traveller")),
];
pub(super) const UNIONS: &[(u32, Option<&str>)] = &[
    (62, None),
    (9, Some("UNISON")),
    (9, Some("Unite")),
    (7, Some("GMB")),
    (4, Some("USDAW")),
    (4, Some("NEU")),
    (2, Some("CWU")),
    (2, Some("RMT")),
    (1, Some("NUM")),
];
pub(super) const CONDITIONS: &[(u32, Option<&str>)] = &[
    (80, None),
    (4, Some("asthma")),
    (4, Some("type 2 diabetes")),
    (4, Some("depression")),
    (2, Some("multiple sclerosis")),
    (2, Some("wheelchair user")),
    (2, Some("hearing loss")),
    (1, Some("HIV")),
    (1, Some("")),
];
pub(super) const ORIENTATIONS: &[(u32, Option<&str>)] =
    &[(45, None), (45, Some("heterosexual")), (4, Some("gay")), (2, Some("lesbian")), (4, Some("bisexual"))];
pub(super) const INTENTIONS: &[(u32, Option<&str>)] = &[
    (40, None),
    (40, Some("certain to vote for us")),
    (12, Some("leaning to us")),
    (5, Some("undecided")),
    (3, Some("leaning away")),
];
pub(super) const APPEALS: &[&str] = &["annual draw", "leaflet fund", "by-election", "website", "conference collection"];

/// Free text without anything special in it. `{their}` becomes the member's pronoun.
pub(super) const PLAIN_NOTES: &[&str] = &[
    "Prefers to be called in the evening.",
    "Happy to deliver leaflets on {their} street.",
    "Said \"no more emails on Sundays, please\".",
    "Pays by standing order, £5 a month.",
    "Yn well ganddi/ganddo ohebiaeth yn Gymraeg.",
    "Moved house in spring;\nold address in the archive.",
    "Offered {their} car for polling day.",
];
/// Free text that hides special-category data, as a deny-list of field names never finds it.
pub(super) const TELLING_NOTES: &[&str] = &[
    "Can't come on Saturdays: mentioned {their} synagogue.",
    "Recovering from surgery, please do not telephone before March.",
    "Fasting for Ramadan, meetings after sunset only.",
    "Shop steward at the depot; wants {their} branch to affiliate.",
    "Came to the Pride stall with {their} husband; not out at work.",
    "Asked whether the hall has a ramp since {their} diagnosis.",
    "Told the canvasser in confidence that {their} vote was for someone else last time.",
    "Was cautioned after the march in 2019, worried that it comes up.",
];
