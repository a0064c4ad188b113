//! The words for what can go wrong between here and a host: what was asked, what came,
//! and what to do. Nothing here decides; it only says.

use object_store::Error as StoreError;

use super::Location;
use crate::error::{Error, Kind};

/// The host ignores byte ranges, or answers them in a way that cannot be trusted.
pub fn no_ranges(location: &Location, seen: &str) -> Error {
    let advice = "Serve the file from a host that honors byte ranges (RFC 9110, section 14): most static hosts and \
                  object stores do; development servers and compressing proxies often do not.";
    Error::new(Kind::NoRanges, location.without_query(), format!("{seen} {advice}"))
}

/// The object would not fit.
pub fn too_big(location: &Location, size: Option<u64>, bound: u64) -> Error {
    let size = size.map_or_else(|| "more".to_owned(), |size| format!("{size} bytes"));
    let detail = format!("It would have to be read whole, and is {size}; at most {bound} bytes are read at once.");
    Error::new(Kind::TooBig, location.without_query(), detail)
}

/// The object is not the one it was.
pub fn changed(location: &Location, difference: &str) -> Error {
    let detail = format!("The file changed while it was being read: its {difference}. Open the table again.");
    Error::new(Kind::Changed, location.without_query(), detail)
}

/// Bytes were asked that the object does not have.
pub fn beyond_the_end(location: &Location, asked_end: u64, size: Option<u64>) -> Error {
    let size = size.map_or_else(|| "ends before".to_owned(), |size| format!("has {size} bytes"));
    let detail = format!(
        "Bytes up to {asked_end} were expected, but the file {size}: it is not the file that the table's metadata \
         describes. It may have been replaced or cut off when it was copied."
    );
    Error::new(Kind::Damaged, location.without_query(), detail)
}

/// A status that is an answer, but not bytes.
pub fn refused(location: &Location, status: u16) -> Error {
    let (kind, meaning) = match status {
        404 | 410 => (
            Kind::NotFound,
            "nothing lies at this URL. Check it, and that the file was published.",
        ),
        401 | 403 => (
            Kind::Denied,
            "it refused access. Ask its owner, or take a fresh signed URL if this one has expired. Object stores that \
             may not be listed also answer this when nothing lies at the URL.",
        ),
        _ => (Kind::Blocked, "which is no answer to a plain GET for a range of bytes."),
    };
    Error::new(
        kind,
        location.without_query(),
        format!("The host answered {status}: {meaning}"),
    )
}

/// No answer could be read. Browsers tell pages nothing about why, so all that is likely is
/// said: of the page's own host, of a host that `answered` before, and of one that never did.
pub fn blocked(location: &Location, page: Option<&str>, cause: &str, tries: u32, answered: bool) -> Error {
    let reason = if page == Some(location.origin()) {
        "The host or the network is down, or the host compresses ranges of bytes, which browsers refuse.".to_owned()
    } else if answered {
        "It was read before. So the host or the network is down, or this one answer has no CORS header (nginx sends \
         it with errors only when `add_header` ends in `always`), or it is a compressed range, which browsers refuse."
            .to_owned()
    } else {
        unreadable(location, page)
    };
    let detail = format!(
        "No answer from {} could be read in {tries} tries ({cause}). {reason}",
        location.origin()
    );
    Error::new(Kind::Blocked, location.without_query(), detail)
}

/// Why a host that was never read from may be out of reach.
fn unreadable(location: &Location, page: Option<&str>) -> String {
    let secure_page = page.is_some_and(|page| page.starts_with("https:"));
    if secure_page && location.url().scheme() == "http" && !is_near(location) {
        return "A page served over https may not read from http: serve the files over https.".to_owned();
    }
    let page = page.filter(|page| *page != "null").unwrap_or("*");
    let near = if is_near(location) {
        " The browser may also have to be allowed to reach devices on the local network."
    } else {
        ""
    };
    format!(
        "Unless the host or this computer is offline, the host does not allow this page to read from it: its answers \
         must carry the header `Access-Control-Allow-Origin: {page}` (CORS).{near}"
    )
}

/// Is the host this computer, or one on the local network?
fn is_near(location: &Location) -> bool {
    match location.url().host() {
        Some(url::Host::Domain(name)) => {
            name == "localhost" || matches!(name.rsplit('.').next(), Some("localhost" | "local"))
        }
        Some(url::Host::Ipv4(address)) => address.is_loopback() || address.is_private() || address.is_link_local(),
        Some(url::Host::Ipv6(address)) => address.is_loopback() || address.is_unique_local(),
        None => false,
    }
}

/// The host answered, again and again, with something that was worth another try.
pub fn gave_up(location: &Location, seen: &str, tries: u32) -> Error {
    let detail =
        format!("{seen}, in each of {tries} tries. The host, or something on the way to it, fails: try again later.");
    Error::new(Kind::Blocked, location.without_query(), detail)
}

/// Fewer bytes came than were asked, though the object goes on.
pub fn cut_short(location: &Location, end: u64, size: u64) -> Error {
    let detail = format!(
        "The host sent a short body: it ended at byte {end}, and the file has {size} bytes. The host, or something on \
         the way to it, cuts answers off: try again later."
    );
    Error::new(Kind::Blocked, location.without_query(), detail)
}

/// What only a host that can be written or listed could do.
pub fn read_only(what: &str) -> StoreError {
    let detail = format!("A plain HTTP host can only be read: it cannot {what}.");
    StoreError::NotSupported {
        source: Box::new(Error::new(Kind::Unsupported, "HTTP", detail)),
    }
}

/// An error as users of the trait match it; [`Error::find`] gets it back out.
pub fn outward(error: Error) -> StoreError {
    let path = error.subject.clone();
    match error.kind {
        Kind::NotFound => StoreError::NotFound {
            path,
            source: Box::new(error),
        },
        Kind::Denied => StoreError::PermissionDenied {
            path,
            source: Box::new(error),
        },
        _ => StoreError::Generic {
            store: "HTTP",
            source: Box::new(error),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Location {
        Location::parse(text).unwrap()
    }

    #[test]
    fn a_blocked_read_prints_the_header_that_the_host_must_send() {
        let data = at("https://data.example/t?sig=hidden");
        let error = blocked(&data, Some("https://limn.example"), "Failed to fetch", 2, false);
        assert_eq!(
            (error.kind, error.subject.as_str()),
            (Kind::Blocked, "https://data.example/t")
        );
        assert!(error.detail.contains("from https://data.example could"), "{error}");
        assert!(
            error
                .detail
                .contains("`Access-Control-Allow-Origin: https://limn.example`"),
            "{error}"
        );
        assert!(
            error.detail.contains("Failed to fetch") && !error.detail.contains("hidden"),
            "{error}"
        );
        assert!(!error.detail.contains("local network"), "{error}");
    }

    #[test]
    fn a_host_that_was_read_before_is_not_told_to_allow_it() {
        let told = |page, answered| blocked(&at("https://data.example/t"), Some(page), "x", 4, answered).detail;
        assert!(told("https://limn.example", true).contains("`add_header` ends in `always`"));
        for answered in [false, true] {
            assert!(!told("https://data.example", answered).contains("CORS"));
        }
    }

    #[test]
    fn an_opaque_or_unknown_page_origin_needs_a_star() {
        for page in [None, Some("null")] {
            assert!(
                blocked(&at("https://data.example/t"), page, "x", 1, false)
                    .detail
                    .contains("Allow-Origin: *`")
            );
        }
    }

    #[test]
    fn mixed_content_and_the_local_network_are_named_where_they_apply() {
        let from = |page, url| blocked(&at(url), Some(page), "Failed to fetch", 2, false).detail;
        assert!(from("https://limn.example", "http://data.example/t").contains("over https"));
        assert!(!from("http://limn.example", "http://data.example/t").contains("over https"));
        for url in [
            "http://localhost:9000/t",
            "http://192.168.1.7/t",
            "http://[::1]/t",
            "http://nas.local/t",
        ] {
            let detail = from("https://limn.example", url);
            assert!(
                detail.contains("local network") && detail.contains("Allow-Origin"),
                "{detail}"
            );
        }
    }

    #[test]
    fn statuses_become_the_kinds_that_tell_what_to_do() {
        let kind = |status| refused(&at("https://h/t"), status).kind;
        assert_eq!(
            [404, 410, 401, 403].map(kind),
            [Kind::NotFound, Kind::NotFound, Kind::Denied, Kind::Denied]
        );
        assert_eq!([400, 405, 301, 501].map(kind), [Kind::Blocked; 4]);
        assert!(refused(&at("https://h/t"), 451).detail.contains("451"));
    }

    #[test]
    fn errors_come_back_out_of_the_trait_as_they_went_in() {
        for status in [404, 403, 451] {
            let error = refused(&at("https://h/t"), status);
            let out = outward(error.clone());
            assert_eq!(Error::find(&out), Some(&error));
            assert_eq!(matches!(out, StoreError::NotFound { .. }), status == 404);
            assert_eq!(matches!(out, StoreError::PermissionDenied { .. }), status == 403);
        }
        assert_eq!(
            Error::find(&read_only("list")).map(|error| error.kind),
            Some(Kind::Unsupported)
        );
    }
}
