//! What is sent to a Prometheus.

use std::fmt::Write as _;

/// Metrics as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposition {
    /// Which format, as a content type.
    pub content_type: &'static str,
    /// The text.
    pub text: String,
}

/// The content type of `OpenMetrics`.
pub const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The content type of the format before it, which everything understands.
const PLAIN: &str = "text/plain; version=0.0.4; charset=utf-8";

impl Exposition {
    /// Metrics as `OpenMetrics`, for whoever accepts that; for others in the format before it.
    pub(crate) fn of(openmetrics: String, accept: Option<&str>) -> Self {
        if accept.is_some_and(|accept| accept.contains("application/openmetrics-text")) {
            return Self { content_type: OPENMETRICS, text: openmetrics };
        }
        Self { content_type: PLAIN, text: plain(&openmetrics) }
    }
}

/// In the format before `OpenMetrics` a counter is called in full where its help and type are said, an info is a gauge,
/// and there are neither units nor an end.
fn plain(openmetrics: &str) -> String {
    let mut text = String::with_capacity(openmetrics.len());
    let mut help = None;
    for line in openmetrics.lines() {
        let Some(comment) = line.strip_prefix("# ") else {
            text.push_str(line);
            text.push('\n');
            continue;
        };
        match comment.split_once(' ').map(|(kind, rest)| (kind, rest.split_once(' '))) {
            // Which suffix it has is known by its type, which comes next.
            Some(("HELP", Some((name, words)))) => help = Some((name, words)),
            Some(("TYPE", Some((name, kind)))) => {
                let (suffix, kind) = match kind {
                    "counter" => ("_total", "counter"),
                    "info" => ("_info", "gauge"),
                    "unknown" => ("", "untyped"),
                    kind => ("", kind),
                };
                if let Some((_, words)) = help.take().filter(|(of, _)| *of == name) {
                    let _ = writeln!(text, "# HELP {name}{suffix} {words}");
                }
                let _ = writeln!(text, "# TYPE {name}{suffix} {kind}");
            }
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: &str = "\
# HELP feedme_orders Orders.
# TYPE feedme_orders counter
# UNIT feedme_orders orders
feedme_orders_total{a=\"# TYPE x\"} 1
# HELP feedme_build About it.
# TYPE feedme_build info
feedme_build_info{version=\"1\"} 1
# HELP feedme_wait_seconds Waiting.
# TYPE feedme_wait_seconds histogram
feedme_wait_seconds_sum 0.0
# EOF
";

    #[test]
    fn whoever_does_not_ask_for_openmetrics_gets_the_format_before_it() {
        let exposition = Exposition::of(OPEN.into(), Some("text/plain"));
        assert_eq!(exposition.content_type, PLAIN);
        assert_eq!(
            exposition.text,
            "\
# HELP feedme_orders_total Orders.
# TYPE feedme_orders_total counter
feedme_orders_total{a=\"# TYPE x\"} 1
# HELP feedme_build_info About it.
# TYPE feedme_build_info gauge
feedme_build_info{version=\"1\"} 1
# HELP feedme_wait_seconds Waiting.
# TYPE feedme_wait_seconds histogram
feedme_wait_seconds_sum 0.0
"
        );
        assert_eq!(Exposition::of(OPEN.into(), None).content_type, PLAIN);
    }

    #[test]
    fn whoever_accepts_openmetrics_gets_it() {
        let accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5";
        assert_eq!(
            Exposition::of(OPEN.into(), Some(accept)),
            Exposition { content_type: OPENMETRICS, text: OPEN.into() }
        );
    }
}
