//! What users get wrong with a bucket: told with what to do, and without the secret.

use crate::bucket::{Bucket, Promise};

pub(crate) const PROMISES: &[Promise] = &[
    ("mistakes::a_wrong_secret_is_told", a_wrong_secret_is_told),
    ("mistakes::a_missing_bucket_is_told", a_missing_bucket_is_told),
    ("mistakes::a_misspelt_option_is_told", a_misspelt_option_is_told),
];

/// A secret that the server does not know.
const PLANTED: &str = "hunter2/Tr0ub4dor";

fn a_wrong_secret_is_told(bucket: &Bucket) {
    bucket.configure("bucket.toml", "10 MiB", &[("secret_access_key", PLANTED)]);
    for (command, rest) in [("set", &["a", "1"][..]), ("get", &["a"]), ("ls", &[]), ("check", &[])] {
        let answer = bucket.run(command, rest).refused(2, &["refuses the credentials", &bucket.url]);
        assert!(!answer.err.contains(PLANTED), "{}", answer.err);
    }
}

fn a_missing_bucket_is_told(bucket: &Bucket) {
    let elsewhere = bucket.whole_url().replacen("s3://larder/", "s3://nobodys-bucket/", 1);
    for arguments in [&["set", "-c", &elsewhere, "a", "1"][..], &["ls", "-c", &elsewhere]] {
        let answer = bucket.stand.run(arguments).refused(2, &["no such bucket", "s3://nobodys-bucket/"]);
        assert!(!answer.err.contains(larder_servers::SECRET), "{}", answer.err);
    }
}

fn a_misspelt_option_is_told(bucket: &Bucket) {
    let wrong = bucket.whole_url().replacen("secret_access_key", "secret_acess_key", 1);
    let answer = bucket.stand.run(&["ls", "-c", &wrong]);
    let answer =
        answer.refused(2, &["unknown setting `secret_acess_key`, did you mean `secret_access_key`?"]);
    assert!(!answer.err.contains(larder_servers::SECRET), "{}", answer.err);
}
