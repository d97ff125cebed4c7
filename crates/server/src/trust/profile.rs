//! The authority in the form in which iPhones and iPads take it.

use feedme_authority::Certificate;
use uuid::Builder;

/// A configuration profile with the authority alone. The same authority makes the same profile, so that a device
/// that gets it twice keeps one.
pub(super) fn render(authority: &Certificate) -> String {
    let [profile, payload] = [0, 1].map(|part| {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&authority.digest()[..16]);
        bytes[15] ^= part;
        Builder::from_custom_bytes(bytes).into_uuid()
    });
    let certificate = authority.to_base64();
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>PayloadType</key><string>Configuration</string>
  <key>PayloadVersion</key><integer>1</integer>
  <key>PayloadIdentifier</key><string>feedme.{profile}</string>
  <key>PayloadUUID</key><string>{profile}</string>
  <key>PayloadDisplayName</key><string>FeedMe</string>
  <key>PayloadContent</key>
  <array>
    <dict>
      <key>PayloadType</key><string>com.apple.security.root</string>
      <key>PayloadVersion</key><integer>1</integer>
      <key>PayloadIdentifier</key><string>feedme.{payload}</string>
      <key>PayloadUUID</key><string>{payload}</string>
      <key>PayloadDisplayName</key><string>FeedMe</string>
      <key>PayloadCertificateFileName</key><string>feedme-ca.crt</string>
      <key>PayloadContent</key><data>{certificate}</data>
    </dict>
  </array>
</dict>
</plist>
"#
    )
}
