//! Which common engines read a table that requires a feature, and since which version.
//!
//! As of November 2026, from the engines' documentation, release notes and source; of deltalake and Polars also from
//! opening such tables with them. What could not be verified is said to be unknown: a wrong yes costs more.

/// What is known of an engine and a feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// Since that version.
    Since(&'static str),
    /// Partly, with what is missing.
    Partly(&'static str),
    /// It refuses such tables.
    No,
    /// Not verified.
    Unknown,
}

/// The engines, in the order of [`readers`].
pub const ENGINES: [&str; 5] = ["Spark", "deltalake", "Polars", "DuckDB", "Trino"];

/// What the engines do with a feature of readers; `None` for one that readers need not know.
#[must_use]
pub fn readers(feature: &str) -> Option<[Reads; 5]> {
    use Reads::{No, Partly, Since, Unknown};
    const ONLY_QUERIES: Reads = Partly("by its QueryBuilder, not by to_pandas");
    Some(match feature {
        "columnMapping" => [Since("Delta 1.2"), ONLY_QUERIES, No, Since("1.4"), Since("396")],
        "deletionVectors" => [
            Since("Delta 2.3"),
            ONLY_QUERIES,
            Since("1.40 with deltalake 1.4.2"),
            Since("its first delta extension"),
            Since("427"),
        ],
        "timestampNtz" => [Since("Delta 2.4"), Since("0.16"), Unknown, Unknown, Since("423")],
        "v2Checkpoint" => [Since("Delta 3.0"), ONLY_QUERIES, No, Since("1.4"), Since("444")],
        "vacuumProtocolCheck" => [Since("Delta 3.2"), No, No, Since("1.2"), Since("449")],
        "typeWidening" => [Since("Delta 4.0"), No, No, Unknown, Partly("some changes, since 450")],
        "typeWidening-preview" => [Since("Delta 3.2"), No, No, Unknown, Partly("some changes, since 450")],
        "variantType" => [
            Since("Delta 4.0"),
            Partly("as its two binary parts, since 1.6"),
            Partly("as its two binary parts"),
            Partly("since 1.5, not shredded"),
            Since("471"),
        ],
        "variantType-preview" => [Since("Delta 4.0"), Unknown, Unknown, Unknown, Since("471")],
        "variantShredding-preview" => [Since("Delta 4.0"), No, No, Unknown, No],
        "catalogManaged" => [Partly("through its catalog only"), No, No, Unknown, No],
        "catalogOwned-preview" => [Partly("Delta 4.0 through its catalog"), No, No, Unknown, No],
        _ => return None,
    })
}

impl Reads {
    /// In words.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Since(version) => format!("since {version}"),
            Self::Partly(how) => how.to_owned(),
            Self::No => "no".to_owned(),
            Self::Unknown => "not verified".to_owned(),
        }
    }

    /// Its look: `yes`, `partly`, `no`, `unknown`.
    #[must_use]
    pub fn look(self) -> &'static str {
        match self {
            Self::Since(_) => "yes",
            Self::Partly(_) => "partly",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_of_readers_that_limn_reads_is_told() {
        for feature in [
            "columnMapping",
            "deletionVectors",
            "timestampNtz",
            "typeWidening",
            "typeWidening-preview",
            "v2Checkpoint",
            "vacuumProtocolCheck",
            "variantType",
            "variantType-preview",
            "variantShredding-preview",
            "catalogManaged",
            "catalogOwned-preview",
        ] {
            let told = readers(feature).unwrap();
            assert!(
                told.iter()
                    .all(|reads| !reads.words().is_empty() && !reads.look().is_empty()),
                "{feature}"
            );
        }
        assert_eq!(readers("appendOnly"), None);
    }
}
