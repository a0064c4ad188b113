//! The bytes of deletion vectors (PROTOCOL.md, "Deletion Vector Format"): from base 85 and from
//! entries of a file to the positions of deleted rows. Pure.

use roaring::RoaringTreemap;

/// The portable 64-bit format of Roaring bitmaps. The other magic number that ever was,
/// 1681511376, names a format that only Delta's first drafts wrote.
const MAGIC: u32 = 1_681_511_377;

/// "Deletion Vector File Storage Format": the version that every file begins with.
pub const FILE_VERSION: u8 = 1;

/// Why bytes are no deletion vector.
pub type Fault = String;

/// A file's entry: the bitmap's length, the bitmap, its checksum; numbers in big endian.
pub fn entry(bytes: &[u8], size_bytes: u64) -> Result<&[u8], Fault> {
    let (length, rest) = bytes.split_first_chunk::<4>().ok_or("it is cut off")?;
    let (bitmap, checksum) = rest.split_last_chunk::<4>().ok_or("it is cut off")?;
    let length = u32::from_be_bytes(*length);
    if u64::from(length) != size_bytes || bitmap.len() as u64 != size_bytes {
        return Err(format!(
            "the log gives it {size_bytes} bytes, and its own length is {length}"
        ));
    }
    if crc32fast::hash(bitmap) != u32::from_be_bytes(*checksum) {
        return Err("its checksum does not fit its bytes".to_owned());
    }
    Ok(bitmap)
}

/// An inline bitmap in base 85 (`ZeroMQ` RFC 32).
pub fn inline(text: &str) -> Result<Vec<u8>, Fault> {
    z85::decode(text).map_err(|cause| format!("it is not in base 85: {cause}"))
}

/// The 16 bytes of a file name's UUID: the last 20 characters; what stands before is a folder.
pub fn file_name(content: &str) -> Result<String, Fault> {
    let at = content.len().checked_sub(20).filter(|at| content.is_char_boundary(*at));
    let (folder, encoded) = content.split_at(at.ok_or("its file's name is too short")?);
    let bytes: [u8; 16] = inline(encoded)?
        .try_into()
        .map_err(|_| "its file's name is no UUID".to_owned())?;
    let uuid = uuid::Uuid::from_bytes(bytes);
    let separator = if folder.is_empty() { "" } else { "/" };
    Ok(format!("{folder}{separator}deletion_vector_{uuid}.bin"))
}

/// The positions of the deleted rows, counted from the file's first row.
pub fn parse(bitmap: &[u8], cardinality: u64) -> Result<RoaringTreemap, Fault> {
    let (magic, rest) = bitmap.split_first_chunk::<4>().ok_or("it is cut off")?;
    let magic = u32::from_le_bytes(*magic);
    if magic != MAGIC {
        return Err(format!("its format {magic} is not known"));
    }
    let rows = RoaringTreemap::deserialize_from(rest).map_err(|cause| format!("it is no Roaring bitmap: {cause}"))?;
    if rows.len() != cardinality {
        return Err(format!(
            "the log says that it deletes {cardinality} rows, and it deletes {}",
            rows.len()
        ));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bitmap(rows: &[u64]) -> Vec<u8> {
        let mut bytes = MAGIC.to_le_bytes().to_vec();
        let rows: RoaringTreemap = rows.iter().copied().collect();
        rows.serialize_into(&mut bytes).unwrap();
        bytes
    }

    fn stored(bitmap: &[u8]) -> Vec<u8> {
        let length = u32::try_from(bitmap.len()).unwrap().to_be_bytes();
        [&length, bitmap, &crc32fast::hash(bitmap).to_be_bytes()].concat()
    }

    /// The protocol's own example of a path.
    #[test]
    fn a_file_is_named_by_its_uuid() {
        let name = "deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin";
        assert_eq!(file_name("ab^-aqEH.-t@S}K{vb[*k^").unwrap(), format!("ab/{name}"));
        assert_eq!(file_name("^-aqEH.-t@S}K{vb[*k^").unwrap(), name);
    }

    #[test]
    fn an_entry_must_fit_the_log_and_its_checksum() {
        let bitmap = bitmap(&[1, 5_000_000_000]);
        let size = bitmap.len() as u64;
        let whole = stored(&bitmap);
        let rows = parse(entry(&whole, size).unwrap(), 2).unwrap();
        assert_eq!(rows.iter().collect::<Vec<_>>(), [1, 5_000_000_000]);
        assert!(entry(&whole, size + 1).unwrap_err().contains("its own length"));
        assert!(entry(&whole[..whole.len() - 1], size).is_err());
        assert!(entry(&whole[..3], size).is_err());
        assert!(parse(&bitmap, 3).unwrap_err().contains("deletes 3 rows"));
        assert!(parse(&bitmap[..bitmap.len() - 1], 2).is_err());
        assert!(parse(&[1, 2, 3, 4, 5], 0).unwrap_err().contains("not known"));
    }

    #[test]
    fn every_flipped_bit_is_found_out() {
        let bitmap = bitmap(&(0..100).map(|row| row * 7).collect::<Vec<_>>());
        let whole = stored(&bitmap);
        for at in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[at / 8] ^= 1 << (at % 8);
            assert!(entry(&flipped, bitmap.len() as u64).is_err(), "bit {at}");
        }
    }

    #[test]
    fn names_that_are_none_are_refused() {
        for name in [
            "",
            "short",
            "üüüüüüüüüüüüüüüüüüü",
            "\u{1f600}23456789012345678",
            "ab~~~~~~~~~~~~~~~~~~~~",
        ] {
            assert!(file_name(name).is_err(), "{name}");
        }
    }
}
