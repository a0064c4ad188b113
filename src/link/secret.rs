//! Secrets in table URLs: a pre-signed or SAS URL opens a table, but its signature never enters a link.
//!
//! What is left out is named, so that nobody wonders why a link opens less than it did. The
//! tab keeps the full URLs while it lives, so that Back and Forward still work.

use std::collections::BTreeMap;

use super::{Link, TableLink};

/// Full URLs that a tab remembers: more than a person opens, few enough to never matter.
const KEPT_URLS: usize = 1024;

/// Names, in lower case, that are a secret or identify its holder wherever they stand.
const SECRET: &str = "access_token accesskey api-key api_key apikey auth authorization awsaccesskeyid googleaccessid key \
    key-pair-id password secret sig signature subscription-key token x-ms-signature";
/// What goes with a signature of AWS or Google Cloud and means nothing without it.
const SIGNED_FAMILIES: [&str; 2] = ["x-amz-", "x-goog-"];
/// What goes with `sig` (Azure's shared access signature) or `signature` (`CloudFront` and older S3).
const SIGNED_WITH: &str =
    "expires policy saoid scid sdd se ses si sip ske skoid sks skt sktid skv sp spr sr srt ss st sv";

/// What was left out of one table's URLs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Omitted {
    /// The table's SQL name.
    pub table: String,
    /// The parameters' names, never their values.
    pub parameters: Vec<String>,
}

impl Link {
    /// The link that may be shown, stored and copied, and what it lacks.
    #[must_use]
    pub fn without_secrets(&self) -> (Self, Vec<Omitted>) {
        let mut clean = self.clone();
        let mut omitted = Vec::new();
        for table in &mut clean.tables {
            let mut parameters = Vec::new();
            for url in table.urls_mut() {
                let (stripped, names) = strip(url);
                *url = stripped;
                parameters.extend(names);
            }
            parameters.sort();
            parameters.dedup();
            if !parameters.is_empty() {
                omitted.push(Omitted {
                    table: table.name.clone(),
                    parameters,
                });
            }
        }
        (clean, omitted)
    }
}

/// The full URLs of this tab, by what is left of them in its links. Never stored, never sent elsewhere.
#[derive(Debug, Clone, Default)]
pub struct Secrets(BTreeMap<String, String>);

impl Secrets {
    /// Remembers the secrets of a link's URLs.
    pub fn keep(&mut self, link: &Link) {
        for url in link.tables.iter().flat_map(TableLink::all_urls) {
            let (stripped, names) = strip(url);
            if names.is_empty() {
                continue;
            }
            if self.0.len() >= KEPT_URLS {
                self.0.pop_first();
            }
            self.0.insert(stripped, url.clone());
        }
    }

    /// The link with the full URLs that this tab knows.
    #[must_use]
    pub fn restore(&self, mut link: Link) -> Link {
        for url in link.tables.iter_mut().flat_map(TableLink::urls_mut) {
            if let Some(full) = self.0.get(url) {
                url.clone_from(full);
            }
        }
        link
    }
}

/// A URL without credentials and secret parameters, and the names of what was left out.
fn strip(url: &str) -> (String, Vec<String>) {
    match without_credentials(url) {
        Some(anonymous) => {
            let (stripped, mut names) = strip_query(&anonymous);
            names.push("user name and password".to_owned());
            (stripped, names)
        }
        None => strip_query(url),
    }
}

/// `None` when there are none. Such a URL opens nothing, but its link may still be copied.
fn without_credentials(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("//")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let (credentials, _) = authority.rsplit_once('@')?;
    Some(format!("{scheme}//{}", rest.get(credentials.len() + 1..)?))
}

fn strip_query(url: &str) -> (String, Vec<String>) {
    let Some((path, query)) = url.split_once('?') else {
        return (url.to_owned(), Vec::new());
    };
    let (query, fragment) = query
        .split_once('#')
        .map_or((query, None), |(query, rest)| (query, Some(rest)));
    let signed = query
        .split('&')
        .any(|pair| matches!(key(pair).as_str(), "sig" | "signature"));
    let (secret, open): (Vec<&str>, Vec<&str>) = query.split('&').partition(|pair| is_secret(&key(pair), signed));
    if secret.is_empty() {
        return (url.to_owned(), Vec::new());
    }
    let mut stripped = path.to_owned();
    for (pair, mark) in open.iter().zip(std::iter::once('?').chain(std::iter::repeat('&'))) {
        stripped.push(mark);
        stripped.push_str(pair);
    }
    if let Some(fragment) = fragment {
        stripped.push('#');
        stripped.push_str(fragment);
    }
    (stripped, secret.iter().map(|pair| name(pair)).collect())
}

fn is_secret(key: &str, signed: bool) -> bool {
    SECRET.split(' ').any(|word| word == key)
        || ["token", "secret", "password", "credential", "signature"]
            .iter()
            .any(|part| key.contains(part))
        || SIGNED_FAMILIES.iter().any(|family| key.starts_with(family))
        || (signed && SIGNED_WITH.split(' ').any(|word| word == key))
}

fn name(pair: &str) -> String {
    let name = pair.split_once('=').map_or(pair, |(name, _)| name);
    percent_encoding::percent_decode_str(name)
        .decode_utf8_lossy()
        .into_owned()
}

fn key(pair: &str) -> String {
    name(pair).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(url: &str) -> String {
        strip(url).0
    }

    #[test]
    fn signatures_of_every_cloud_are_left_out() {
        let s3 =
            "https://b.s3.amazonaws.com/t/?versionId=3&X-Amz-Algorithm=AWS4&X-Amz-Credential=AK&X-Amz-Signature=beef";
        assert_eq!(stripped(s3), "https://b.s3.amazonaws.com/t/?versionId=3");
        assert_eq!(
            stripped("https://h/t?AWSAccessKeyId=A&Expires=1&Signature=x"),
            "https://h/t"
        );
        assert_eq!(
            stripped("https://a.blob.core.windows.net/c/t?sv=2022&se=2026&sr=c&sp=rl&sig=abc%3D"),
            "https://a.blob.core.windows.net/c/t"
        );
        assert_eq!(
            stripped("https://h/t?X-Goog-Signature=1&generation=5"),
            "https://h/t?generation=5"
        );
        assert_eq!(
            stripped("https://h/t?Policy=p&Key-Pair-Id=k&Signature=s"),
            "https://h/t"
        );
        assert_eq!(stripped("https://h/t?access%5Ftoken=1"), "https://h/t");
    }

    #[test]
    fn credentials_are_left_out() {
        let (url, names) = strip("https://ann:hunter@2@h.example:81/t@b?sig=1&x=2");
        assert_eq!(url, "https://h.example:81/t@b?x=2");
        assert_eq!(names, ["sig", "user name and password"]);
        assert_eq!(stripped("//ann@h"), "//h");
    }

    #[test]
    fn other_parameters_stay() {
        for url in [
            "https://h/t",
            "https://h/t?",
            "https://h/t@1?branch=main&se=1",
            "t?expires=never",
            "a.parquet?download=true&&x",
        ] {
            assert_eq!(strip(url), (url.to_owned(), vec![]));
        }
    }

    #[test]
    fn what_is_left_out_is_named_and_its_value_is_not() {
        let link: Link = "t.a=https://h/t?sig%3Dhunter2%26sv%3D1%26x%3D1&t.b=https://h/b"
            .parse()
            .unwrap();
        let (clean, omitted) = link.without_secrets();
        assert_eq!(clean.plain(), "t.a=https://h/t?x=1&t.b=https://h/b");
        assert_eq!(
            omitted,
            [Omitted {
                table: "a".into(),
                parameters: vec!["sig".into(), "sv".into()]
            }]
        );
        assert_eq!(clean.without_secrets(), (clean.clone(), vec![]));
    }

    #[test]
    fn the_tab_remembers_what_the_link_lacks() {
        let link: Link = "t.a=https://h/t?sig%3Dhunter2".parse().unwrap();
        let mut secrets = Secrets::default();
        secrets.keep(&link);
        let (clean, _) = link.without_secrets();
        assert_eq!(secrets.restore(clean), link);
        for number in 0..KEPT_URLS * 2 {
            secrets.keep(&format!("t.a=https://h/{number}?token%3D1").parse().unwrap());
        }
        assert_eq!(secrets.0.len(), KEPT_URLS);
    }
}
