//! Training data: rows split into three files by a hash of their key, and the same split in SQL.

use crate::protocol::Split;

/// What the files are for.
pub const PARTS: [&str; 3] = ["train", "validation", "test"];

/// How rows are split, as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// The share of each part, of their sum.
    pub shares: [String; 3],
    /// Another seed splits otherwise.
    pub seed: String,
    /// The column whose value decides; the whole row when it is empty.
    pub key: String,
    /// The column in each of whose values the shares hold; none when it is empty.
    pub strata: String,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            shares: ["80", "10", "10"].map(str::to_owned),
            seed: "1".to_owned(),
            key: String::new(),
            strata: String::new(),
        }
    }
}

impl Parts {
    /// What the engine is asked for, or what is wrong with what was typed.
    ///
    /// # Errors
    /// A sentence.
    pub fn split(&self) -> Result<Split, String> {
        let mut shares = vec![];
        for (typed, part) in self.shares.iter().zip(PARTS) {
            let share = typed.trim().parse::<u32>();
            shares.push(share.map_err(|_| format!("The share of {part} must be a whole number, such as 10."))?);
        }
        if shares.iter().all(|share| *share == 0) {
            return Err("One of the shares must be above 0.".to_owned());
        }
        Ok(Split {
            shares,
            seed: self.seed.clone(),
            key: named(&self.key),
            strata: named(&self.strata),
        })
    }

    /// The part of a row as SQL, as `DuckDB`, `PostgreSQL`, Snowflake and Limn take it; `None` for whole
    /// rows and for strata.
    #[must_use]
    pub fn expression(&self) -> Option<String> {
        let split = self.split().ok().filter(|split| split.strata.is_empty())?;
        let key = format!("\"{}\"", split.key.first()?.replace('"', "\"\""));
        let seed = split.seed.replace('\'', "''");
        let number = format!("substr(md5('{seed}:' || coalesce(cast({key} as varchar), '')), 1, 16)");
        let [train, validation, test] = PARTS;
        let [first, second] = cuts(&split.shares);
        Some(format!(
            "case\n  when {number} < '{first:016x}' then '{train}'\n  when {number} < '{second:016x}' then '{validation}'\n  else '{test}'\nend"
        ))
    }
}

/// The column that was named, if one was.
fn named(column: &str) -> Vec<String> {
    Some(column.to_owned())
        .filter(|column| !column.is_empty())
        .into_iter()
        .collect()
}

/// Where the numbers of the first two parts end, as the engine computes it.
fn cuts(shares: &[u32]) -> [u64; 2] {
    let sum = |count: usize| shares.iter().take(count).map(|share| u128::from(*share)).sum::<u128>();
    let total = sum(shares.len()).max(1);
    [1, 2].map(|count| u64::try_from((sum(count) << 64) / total).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_whole_numbers() {
        let typed = |shares: [&str; 3]| Parts {
            shares: shares.map(str::to_owned),
            ..Parts::default()
        };
        assert_eq!(typed(["8", " 1", "1"]).split().unwrap().shares, [8, 1, 1]);
        assert!(typed(["80", "x", "10"]).split().unwrap_err().contains("validation"));
        assert!(typed(["0", "0", "0"]).split().is_err());
    }

    #[test]
    fn the_split_is_told_as_sql() {
        assert_eq!(Parts::default().expression(), None);
        let parts = Parts {
            seed: "it's".into(),
            key: "a\"b".into(),
            ..Parts::default()
        };
        let expected = "case
  when substr(md5('it''s:' || coalesce(cast(\"a\"\"b\" as varchar), '')), 1, 16) < 'cccccccccccccccc' then 'train'
  when substr(md5('it''s:' || coalesce(cast(\"a\"\"b\" as varchar), '')), 1, 16) < 'e666666666666666' then 'validation'
  else 'test'
end";
        assert_eq!(parts.expression().as_deref(), Some(expected));
    }
}
