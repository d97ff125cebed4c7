#!/usr/bin/env bash
# Lists what the binary and the web app are made of, CycloneDX: target/sbom/feedme.json, with what is compiled in, and
# target/sbom/web.json, with what is bundled. Fails when a list has no component or one without a version.
set -euo pipefail
cd "$(dirname "$0")/.."

mkdir -p target/sbom
# It writes beside the manifest of every crate of the workspace; the binary's is the one that is shipped.
cargo cyclonedx --quiet --format json --spec-version 1.5 --target x86_64-unknown-linux-gnu --override-filename feedme.cdx
mv crates/cli/feedme.cdx.json target/sbom/feedme.json
rm -f crates/*/feedme.cdx.json

(cd web && npm sbom --omit dev --sbom-format cyclonedx --sbom-type application) >target/sbom/web.json 2>/dev/null

for list in target/sbom/*.json; do
  node -e '
    const { components = [] } = JSON.parse(require("node:fs").readFileSync(process.argv[1], "utf8"));
    const nameless = components.filter(({ name, version }) => !name || !version);
    if (components.length === 0 || nameless.length > 0) {
      console.error(`${process.argv[1]}: ${components.length} components, ${nameless.length} without a version`);
      process.exit(1);
    }
    console.log(`${process.argv[1]}: ${components.length} components`);
  ' "$list"
done
