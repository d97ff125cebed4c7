//! What the page says, in the languages of the web app.

use http::{HeaderMap, HeaderValue, header};

/// A language of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    English,
    Malay,
    Chinese,
}

/// What the page says in one language.
pub(super) struct Words {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) why: &'static str,
    pub(super) compare: &'static str,
    pub(super) get: &'static str,
    pub(super) then: &'static str,
    pub(super) android: &'static str,
    pub(super) ios: &'static str,
    pub(super) profile: &'static str,
    pub(super) windows: &'static str,
    pub(super) macos: &'static str,
    pub(super) last: &'static str,
    pub(super) scan: &'static str,
}

impl Language {
    pub(super) const ALL: [Self; 3] = [Self::English, Self::Malay, Self::Chinese];

    /// The language of the page at a path, or the one that the reader likes best. `None` where no page is.
    pub(super) fn at(path: &str, headers: &HeaderMap) -> Option<Self> {
        let tag = path.strip_prefix('/')?;
        if tag.is_empty() { Some(Self::liked(headers)) } else { Self::ALL.into_iter().find(|one| one.tag() == tag) }
    }

    /// Browsers list languages by how well they are liked.
    fn liked(headers: &HeaderMap) -> Self {
        let liked = headers.get(header::ACCEPT_LANGUAGE).and_then(|liked| HeaderValue::to_str(liked).ok());
        let known = |range: &str| {
            let range = range.trim_start();
            Self::ALL.into_iter().find(|one| range.get(..2).is_some_and(|tag| tag.eq_ignore_ascii_case(one.tag())))
        };
        liked.and_then(|liked| liked.split(',').find_map(known)).unwrap_or(Self::English)
    }

    pub(super) fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Malay => "ms",
            Self::Chinese => "zh",
        }
    }

    pub(super) fn words(self) -> &'static Words {
        match self {
            Self::English => &ENGLISH,
            Self::Malay => &MALAY,
            Self::Chinese => &CHINESE,
        }
    }
}

const ENGLISH: Words = Words {
    name: "English",
    title: "Trust this restaurant's server",
    why: "This restaurant's server is known inside the building only, so the restaurant vouches for it with a \
          certificate of its own. Install it once on each device of the restaurant. It vouches for private addresses, \
          not for other websites.",
    compare: "Before you install it, compare the SHA-256 fingerprint that your device shows with the one that \
              “feedme tls init” printed on the server. If they differ, stop and tell the manager:",
    get: "Download the certificate",
    then: "Then, on this device",
    android: "Settings → Security → More security settings → Install from storage (or: Encryption and credentials → \
              Install a certificate) → CA certificate. Choose feedme-ca.crt.",
    ios: "Open this page in Safari and download the profile. Settings → Profile downloaded → Install. Then Settings → \
          General → About → Certificate Trust Settings: switch FeedMe on.",
    profile: "Download the profile",
    windows: "Open feedme-ca.crt → Install Certificate → Local Machine → Place all certificates in the following store: \
              Trusted Root Certification Authorities.",
    macos: "Open feedme-ca.crt and add it to the keychain System. Open it there → Trust → Always Trust.",
    last: "At last, open the restaurant",
    scan: "This page on another device",
};

const MALAY: Words = Words {
    name: "Bahasa Melayu",
    title: "Percayai pelayan restoran ini",
    why: "Pelayan restoran ini hanya dikenali di dalam bangunan, maka restoran menjaminnya dengan sijilnya sendiri. \
          Pasang sekali pada setiap peranti restoran. Sijil ini menjamin alamat peribadi sahaja, bukan laman web lain.",
    compare: "Sebelum memasangnya, bandingkan cap jari SHA-256 yang ditunjukkan oleh peranti anda dengan yang dicetak \
              oleh “feedme tls init” pada pelayan. Jika berbeza, berhenti dan beritahu pengurus:",
    get: "Muat turun sijil",
    then: "Kemudian, pada peranti ini",
    android: "Tetapan → Keselamatan → Lagi tetapan keselamatan → Pasang dari storan (atau: Penyulitan & bukti kelayakan \
              → Pasang sijil) → Sijil CA. Pilih feedme-ca.crt.",
    ios: "Buka halaman ini dalam Safari dan muat turun profil. Tetapan → Profil Dimuat Turun → Pasang. Kemudian Tetapan → \
          Umum → Perihal → Tetapan Kepercayaan Sijil: hidupkan FeedMe.",
    profile: "Muat turun profil",
    windows: "Buka feedme-ca.crt → Install Certificate → Local Machine → Place all certificates in the following store: \
              Trusted Root Certification Authorities.",
    macos: "Buka feedme-ca.crt dan tambahkan pada rantai kunci System. Buka di situ → Trust → Always Trust.",
    last: "Akhir sekali, buka restoran",
    scan: "Halaman ini pada peranti lain",
};

const CHINESE: Words = Words {
    name: "中文",
    title: "信任本餐厅的服务器",
    why: "本餐厅的服务器只在店内使用，因此由餐厅用自己的证书为它作保。请在餐厅的每台设备上安装一次。该证书只为内部地址作保，不涉及其他网站。",
    compare: "安装之前，请核对设备显示的 SHA-256 指纹与服务器上“feedme tls init”打印的指纹。如果不一致，请停止并告知经理：",
    get: "下载证书",
    then: "然后在这台设备上",
    android: "设置 → 安全 → 更多安全设置 → 从存储设备安装（或：加密与凭据 → 安装证书）→ CA 证书。选择 feedme-ca.crt。",
    ios: "用 Safari 打开本页并下载描述文件。设置 → 已下载描述文件 → 安装。再到 设置 → 通用 → 关于本机 → 证书信任设置：打开 FeedMe。",
    profile: "下载描述文件",
    windows: "打开 feedme-ca.crt → 安装证书 → 本地计算机 → 将所有的证书都放入下列存储：受信任的根证书颁发机构。",
    macos: "打开 feedme-ca.crt 并添加到“系统”钥匙串。在其中打开它 → 信任 → 始终信任。",
    last: "最后，打开餐厅",
    scan: "在另一台设备上打开本页",
};
