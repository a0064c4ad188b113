//! Where a tool finds what the tab reads over HTTP: the scheme of the object store behind a URL.

use percent_encoding::percent_decode_str;

use super::Tool;

/// The place behind `url` as `tool` spells it; the URL itself where no object store is known behind it.
pub(super) fn place(tool: Tool, url: &str) -> String {
    let rest = url.strip_prefix("https://").and_then(|rest| rest.split_once('/'));
    let found = rest.and_then(|(host, path)| {
        s3(tool, host, path)
            .or_else(|| google(host, path))
            .or_else(|| azure(host, path))
    });
    found.unwrap_or_else(|| url.to_owned())
}

fn s3(tool: Tool, host: &str, path: &str) -> Option<String> {
    let scheme = if matches!(tool, Tool::SparkSql | Tool::PySpark) {
        "s3a"
    } else {
        "s3"
    };
    let own = host.strip_suffix(".amazonaws.com")?;
    if own == "s3" || own.starts_with("s3.") || own.starts_with("s3-") {
        return Some(format!("{scheme}://{}", decoded(path)));
    }
    let at = own
        .rfind(".s3")
        .filter(|at| matches!(own.as_bytes().get(at + 3), None | Some(b'.' | b'-')))?;
    Some(format!("{scheme}://{}/{}", own.get(..at)?, decoded(path)))
}

fn google(host: &str, path: &str) -> Option<String> {
    match host.strip_suffix("storage.googleapis.com")? {
        "" => Some(format!("gs://{}", decoded(path))),
        bucket => Some(format!("gs://{}/{}", bucket.strip_suffix('.')?, decoded(path))),
    }
}

fn azure(host: &str, path: &str) -> Option<String> {
    let account = host
        .strip_suffix(".blob.core.windows.net")
        .or_else(|| host.strip_suffix(".dfs.core.windows.net"))?;
    let (container, path) = path.split_once('/').unwrap_or((path, ""));
    Some(format!(
        "abfss://{container}@{account}.dfs.core.windows.net/{}",
        decoded(path)
    ))
}

/// Object stores name objects by plain text.
fn decoded(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or(path);
    percent_decode_str(path).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn object_stores_are_known_by_their_hosts() {
        for (url, expected) in [
            ("https://lake.s3.amazonaws.com/a%20b/t", "s3://lake/a b/t"),
            ("https://lake.s3.eu-west-1.amazonaws.com/t/?x=1", "s3://lake/t/"),
            ("https://my.lake.s3-eu-west-1.amazonaws.com/t", "s3://my.lake/t"),
            ("https://s3.eu-west-1.amazonaws.com/lake/t", "s3://lake/t"),
            ("https://storage.googleapis.com/lake/t", "gs://lake/t"),
            ("https://lake.storage.googleapis.com/t", "gs://lake/t"),
            (
                "https://acc.blob.core.windows.net/box/t",
                "abfss://box@acc.dfs.core.windows.net/t",
            ),
            ("https://h.example/t%20t", "https://h.example/t%20t"),
            ("http://localhost:1/t", "http://localhost:1/t"),
            ("https://x.s3evil.amazonaws.com/t", "https://x.s3evil.amazonaws.com/t"),
        ] {
            assert_eq!(place(Tool::DuckDb, url), expected);
        }
        assert_eq!(place(Tool::PySpark, "https://lake.s3.amazonaws.com/t"), "s3a://lake/t");
    }
}
