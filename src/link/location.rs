//! Where a table lies, from what was typed to the absolute URL that the engine is given.

use url::Url;

use super::address::parse_url;
use crate::error::{Error, Kind, Result};

/// The tables in what was typed into the location bar: URLs apart by white space or commas. When all of several
/// end in `.parquet` they are the files of one table, else each is a table of its own.
#[must_use]
pub fn split_locations(typed: &str) -> Vec<Vec<String>> {
    let urls: Vec<String> = typed.split_whitespace().flat_map(split_at_commas).collect();
    if urls.len() > 1 && urls.iter().all(|url| is_parquet(url)) {
        return vec![urls];
    }
    urls.into_iter().map(|url| vec![url]).collect()
}

/// The absolute URL for a typed one, relative to the page's. `BadLink` unless it is plain HTTP without credentials.
pub fn resolve(page: &str, typed: &str) -> Result<String> {
    let mut base = Url::parse(page).map_err(|_| bad(page, "The page's own address cannot be understood."))?;
    base.set_fragment(None);
    let typed = typed.trim();
    if typed.is_empty() {
        return Err(bad(
            "a table",
            "Its URL is empty. Give the URL of a Delta table's folder or of a Parquet file.",
        ));
    }
    let url = parse_url(typed, Some(&base)).map_err(|cause| bad(typed, &format!("This is not a URL: {cause}.")))?;
    check(&url)?;
    Ok(url.into())
}

fn check(url: &Url) -> Result<()> {
    if !url.username().is_empty() || url.password().is_some() {
        let mut shown = url.clone();
        // Both fail only for URLs that cannot have credentials.
        let _ = shown.set_username("");
        let _ = shown.set_password(None);
        return Err(bad(
            shown.as_str(),
            "The URL carries a user name or a password, and a link would give them away. Take them out.",
        ));
    }
    if !matches!(url.scheme(), "http" | "https") {
        return Err(bad(
            url.as_str(),
            &format!("Limn reads over http and https only. {}", advice(url.scheme())),
        ));
    }
    if url.fragment().is_some() {
        return Err(bad(
            url.as_str(),
            "The URL has a part after #. A table's URL has none; a whole Limn link belongs into the browser's own address bar.",
        ));
    }
    Ok(())
}

fn advice(scheme: &str) -> &'static str {
    match scheme {
        "s3" | "s3a" | "s3n" => "Write s3://bucket/path as https://bucket.s3.amazonaws.com/path.",
        "gs" => "Write gs://bucket/path as https://storage.googleapis.com/bucket/path.",
        "abfs" | "abfss" | "wasb" | "wasbs" | "az" => {
            "Write abfss://container@account.dfs.core.windows.net/path as https://account.blob.core.windows.net/container/path."
        }
        "file" => "Serve the folder, for example with a local web server, and give its http URL.",
        _ => "Give the URL at which a browser can fetch the table's files.",
    }
}

/// Where a store's own HTTP interface serves what it calls `uri`; `None` when that cannot be told.
#[must_use]
pub fn served_at(uri: &str) -> Option<String> {
    let (scheme, rest) = uri.split_once("://")?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    match scheme {
        "http" | "https" => Some(uri.to_owned()),
        "s3" | "s3a" | "s3n" => Some(format!("https://{authority}.s3.amazonaws.com/{path}")),
        "gs" => Some(format!("https://storage.googleapis.com/{authority}/{path}")),
        "abfs" | "abfss" | "wasb" | "wasbs" => {
            let (container, host) = authority.split_once('@')?;
            let account = host.split('.').next()?;
            Some(format!("https://{account}.blob.core.windows.net/{container}/{path}"))
        }
        _ => None,
    }
}

fn bad(subject: &str, detail: &str) -> Error {
    Error::new(Kind::BadLink, subject, detail)
}

fn is_parquet(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    path.to_ascii_lowercase().ends_with(".parquet")
}

/// A comma may be part of a URL: it separates where another absolute URL or nothing follows, and between relative ones.
fn split_at_commas(word: &str) -> Vec<String> {
    let absolute = word.contains("://");
    let mut urls = vec![String::new()];
    for (index, part) in word.split(',').enumerate() {
        let separates = !absolute || part.is_empty() || part.contains("://");
        match urls.last_mut() {
            Some(last) if index > 0 && !separates => {
                last.push(',');
                last.push_str(part);
            }
            _ => urls.push(part.to_owned()),
        }
    }
    urls.retain(|url| !url.is_empty());
    urls
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "https://page.example/limn/index.html?x=1#q=1";

    #[test]
    fn relative_locations_are_the_pages() {
        for (typed, expected) in [
            ("lake/parts", "https://page.example/limn/lake/parts"),
            (" /lake/parts ", "https://page.example/lake/parts"),
            ("../a b.parquet", "https://page.example/a%20b.parquet"),
            ("//other.example/t/", "https://other.example/t/"),
            ("http://localhost:9000/t?sig=1", "http://localhost:9000/t?sig=1"),
        ] {
            assert_eq!(resolve(PAGE, typed).unwrap(), expected);
        }
    }

    #[test]
    fn refuses_what_is_not_plain_http() {
        for typed in [
            "",
            "s3://b/t",
            "javascript:alert(1)",
            "file:///etc",
            "data:,x",
            "https://",
            "https://h/t#q=1",
            "http://[::1",
        ] {
            assert_eq!(resolve(PAGE, typed).unwrap_err().kind, Kind::BadLink, "{typed}");
        }
        assert!(resolve(PAGE, "s3://b/t").unwrap_err().detail.contains("amazonaws.com"));
        assert!(
            resolve("file:///home/index.html", "lake")
                .unwrap_err()
                .detail
                .contains("Serve")
        );
    }

    #[test]
    fn credentials_are_refused_and_not_repeated() {
        let error = resolve(PAGE, "https://ann:hunter2@h.example/t").unwrap_err();
        assert_eq!(
            (error.kind, error.subject.as_str()),
            (Kind::BadLink, "https://h.example/t")
        );
        assert!(!format!("{error:?}").contains("hunter2"));
    }

    #[test]
    fn several_parquet_files_are_one_table() {
        assert_eq!(
            split_locations("https://h/a.parquet\nhttps://h/b.PARQUET?v=1"),
            [["https://h/a.parquet", "https://h/b.PARQUET?v=1"]]
        );
        assert_eq!(split_locations("a.parquet,b.parquet"), [["a.parquet", "b.parquet"]]);
    }

    #[test]
    fn others_are_tables_of_their_own() {
        assert_eq!(
            split_locations(" https://h/a , https://h/b.parquet,"),
            [["https://h/a"], ["https://h/b.parquet"]]
        );
        assert_eq!(
            split_locations("https://h/a,https://h/b"),
            [["https://h/a"], ["https://h/b"]]
        );
        assert_eq!(split_locations("https://h/x,y/t"), [["https://h/x,y/t"]]);
        assert!(split_locations(" ,\n ").is_empty());
    }

    #[test]
    fn stores_serve_their_own_uris_over_http() {
        for (uri, url) in [
            ("s3://lake/a/b/", Some("https://lake.s3.amazonaws.com/a/b/")),
            ("s3a://lake", Some("https://lake.s3.amazonaws.com/")),
            ("gs://lake/a/", Some("https://storage.googleapis.com/lake/a/")),
            (
                "abfss://c@me.dfs.core.windows.net/a/",
                Some("https://me.blob.core.windows.net/c/a/"),
            ),
            ("https://host.test/a/", Some("https://host.test/a/")),
            ("/data/a/", None),
            ("dbfs:/a/", None),
        ] {
            assert_eq!(served_at(uri).as_deref(), url, "{uri}");
        }
    }
}
