//! P10: the primitives are what the standards say. Were a dependency to change, these would notice.

use aes_siv::KeyInit;
use aes_siv::siv::{Aes128Siv, Aes256Siv};
use data_encoding::HEXLOWER;
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::bench_of::{domain, keyring, path};

fn hex(text: &str) -> Vec<u8> {
    HEXLOWER.decode(text.as_bytes()).unwrap()
}

#[test]
fn p10_hmac_sha_256_is_that_of_rfc_4231() {
    let cases = [
        (vec![0x0b; 20], b"Hi There".to_vec(), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        (
            b"Jefe".to_vec(),
            b"what do ya want for nothing?".to_vec(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (vec![0xaa; 20], vec![0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
        (
            vec![0xaa; 131],
            b"Test Using Larger Than Block-Size Key - Hash Key First".to_vec(),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
    ];
    for (key, data, tag) in cases {
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(&data);
        assert_eq!(HEXLOWER.encode(&mac.finalize().into_bytes()), tag);
    }
}

#[test]
fn p10_hkdf_sha_256_is_that_of_rfc_5869() {
    let mut okm = [0; 42];
    let (salt, info) = (hex("000102030405060708090a0b0c"), hex("f0f1f2f3f4f5f6f7f8f9"));
    Hkdf::<Sha256>::new(Some(&salt), &[0x0b; 22]).expand(&info, &mut okm).unwrap();
    assert_eq!(HEXLOWER.encode(&okm), "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
    Hkdf::<Sha256>::new(None, &[0x0b; 22]).expand(&[], &mut okm).unwrap();
    assert_eq!(HEXLOWER.encode(&okm), "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

#[test]
fn p10_aes_siv_is_that_of_rfc_5297() {
    let key: [u8; 32] = hex("fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff").try_into().unwrap();
    let bound = hex("101112131415161718191a1b1c1d1e1f2021222324252627");
    let sealed = Aes128Siv::new(&key.into()).encrypt([&bound], &hex("112233445566778899aabbccddee")).unwrap();
    assert_eq!(HEXLOWER.encode(&sealed), "85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c");

    let key: [u8; 32] = hex("7f7e7d7c7b7a79787776757473727170404142434445464748494a4b4c4d4e4f").try_into().unwrap();
    let bound = [
        hex("00112233445566778899aabbccddeeffdeaddadadeaddadaffeeddccbbaa99887766554433221100"),
        hex("102030405060708090a0"),
        hex("09f911029d74e35bd84156c5635688c0"),
    ];
    let text = b"this is some plaintext to encrypt using SIV-AES";
    let sealed = Aes128Siv::new(&key.into()).encrypt(&bound, text).unwrap();
    let expected = "7bdb6e3b432667eb06f4d14bff2fbd0fcb900f2fddbe404326601965c889bf17dba77ceb094fa663b7a3f748ba8af829ea64ad544a272e9c485b62a3fd5c0d";
    assert_eq!(HEXLOWER.encode(&sealed), expected);
}

/// Our own construction, rebuilt here from the primitives in the plainest way.
#[test]
fn p10_pseudonyms_and_tokens_are_as_documented() {
    let derived = |labels: &[&str]| {
        let info: Vec<u8> =
            labels.iter().flat_map(|label| [&(label.len() as u64).to_be_bytes()[..], label.as_bytes()].concat()).collect();
        let mut out = [0; 64];
        Hkdf::<Sha256>::new(None, &[7; 32]).expand(&info, &mut out).unwrap();
        out
    };
    let base32 = |bytes: &[u8]| data_encoding::BASE32HEX_NOPAD.encode(bytes).to_lowercase();
    let ring = keyring("leader", "amber");

    let key = derived(&["portcullis/1", "pseudonym", "leader", "amber", "union"]);
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(b"u-1");
    let expected = base32(&mac.finalize().into_bytes()[..20]);
    assert_eq!(ring.pseudonym(&domain(), " U-1 ").map(|p| p.to_vec()), Some(expected.into_bytes()));

    let key = derived(&["portcullis/1", "token", "leader", "amber"]);
    let sealed = Aes256Siv::new(&key.into()).encrypt([b"leader/amber/address.id"], b"A-1\x80\0\0\0\0\0\0\0\0\0\0\0\0").unwrap();
    assert_eq!(ring.tokenise(&path("address.id"), "A-1"), Some(format!("t1_{}", base32(&sealed))));
}
