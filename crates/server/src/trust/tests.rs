use std::time::SystemTime;

use feedme_authority::Authority;
use http_body_util::BodyExt as _;

use super::*;

const TRUST_PORT: u16 = 8080;

fn trust(reached_at: Option<&str>) -> Trust {
    let authority = Authority::make("The kitchen's", &[], SystemTime::now()).unwrap();
    Trust {
        authority: authority.certificate().clone(),
        https: "127.0.0.1:8443".parse().unwrap(),
        reached_at: reached_at.map(|address| address.parse().unwrap()),
    }
}

async fn get(trust: &Trust, path: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, Vec<u8>) {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (parts, body) = trust.answer(&request.body(()).unwrap(), TRUST_PORT).into_parts();
    (parts.status, parts.headers, body.collect().await.unwrap().to_bytes().to_vec())
}

async fn page(trust: &Trust, headers: &[(&str, &str)]) -> String {
    let (status, _, body) = get(trust, "/", headers).await;
    assert_eq!(status, StatusCode::OK);
    String::from_utf8(body).unwrap()
}

#[tokio::test]
async fn it_leads_to_the_restaurant_under_the_name_that_the_device_uses() {
    let trust = trust(Some("192.168.1.7"));
    for (host, expected) in [
        ("kitchen.local:8080", "kitchen.local"),
        ("192.168.1.9:8080", "192.168.1.9"),
        ("[fd00::7]:8080", "[fd00::7]"),
        ("localhost:8080", "192.168.1.7"),
        ("127.0.0.1:8080", "192.168.1.7"),
        ("a&b", "192.168.1.7"),
        ("<b>", "192.168.1.7"),
    ] {
        let page = page(&trust, &[("host", host)]).await;
        assert!(page.contains(&format!("href=\"https://{expected}:8443/\"")), "{host}: {page}");
        assert!(page.contains(&format!("aria-label=\"http://{expected}:8080/\"")), "{host}: {page}");
    }
}

#[tokio::test]
async fn it_shows_the_fingerprint_and_has_no_script_in_any_language() {
    let trust = trust(None);
    for (liked, tag) in [("en-GB,en", "en"), ("ms-MY, en", "ms"), ("fr, zh-Hans;q=0.8", "zh"), ("fr", "en"), ("", "en")]
    {
        let page = page(&trust, &[("accept-language", liked)]).await;
        assert!(page.contains(&format!("<html lang=\"{tag}\">")), "{liked}: {page}");
        assert!(page.contains(&trust.authority.fingerprint()));
        assert!(!page.contains("<script") && !page.contains("style="));
    }
    let (_, headers, body) = get(&trust, "/zh", &[]).await;
    assert!(String::from_utf8(body).unwrap().contains("信任"));
    assert!(headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
}

#[tokio::test]
async fn devices_get_the_authority_in_the_form_that_they_take() {
    let trust = trust(None);
    let (_, headers, der) = get(&trust, "/ca.crt", &[]).await;
    assert_eq!(headers["content-type"], "application/x-x509-ca-cert");
    assert_eq!(der, **trust.authority.der());
    let (_, _, pem) = get(&trust, "/ca.pem", &[]).await;
    assert_eq!(Certificate::from_pem(&pem).unwrap(), trust.authority);
    let (_, headers, profile) = get(&trust, "/feedme.mobileconfig", &[]).await;
    assert_eq!(headers["content-type"], "application/x-apple-aspen-config");
    assert!(String::from_utf8(profile).unwrap().contains(&trust.authority.to_base64()));
}

#[tokio::test]
async fn there_is_nothing_else() {
    let trust = trust(None);
    for path in ["/api/board", "/api/orders", "/livez", "/index.html", "/ca.key", "/../ca.key", "/en/", "//"] {
        assert_eq!(get(&trust, path, &[]).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    let request = Request::post("/").body(()).unwrap();
    assert_eq!(trust.answer(&request, TRUST_PORT).status(), StatusCode::METHOD_NOT_ALLOWED);
}
