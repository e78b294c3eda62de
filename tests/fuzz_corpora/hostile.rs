//! Inputs that are hostile by their size alone, too large to be stored.

/// An input and its name.
type Input = (&'static str, Vec<u8>);

/// The longest job file that is read.
const JOB: usize = 2 * 1024 * 1024;
const HEAD: &str = "name = \"x\"\n[windows]\nrange = \"last-month\"\nevery = \"hour\"\n[matrix]\n";
/// Beyond what the program reads of a body.
const BODY: usize = 10 * 1024 * 1024;

/// What Linux lets through: of one argument, and, with the pointers to them, of many that are short.
const ARGUMENT: usize = 128 * 1024;
const MANY: usize = 400_000;

/// `head`, then as many repetitions as fit, then `tail`.
fn filled(size: usize, head: &str, unit: &str, tail: &str) -> Vec<u8> {
    let times = (size - head.len() - tail.len()) / unit.len();
    [head, &unit.repeat(times), tail].concat().into_bytes()
}

fn numbered(head: &str, count: usize, item: impl Fn(usize) -> String, tail: &str) -> Vec<u8> {
    [head, &(0..count).map(item).collect::<String>(), tail].concat().into_bytes()
}

pub fn job_files() -> Vec<Input> {
    let head = |more: &str| format!("{HEAD}{more}");
    vec![
        ("mistakes in one line", filled(JOB, &head("countries = ["), "\"xx\",", "]\n")),
        ("mistakes in many lines", filled(JOB, &head("countries = [\n"), "\"ü\",\n", "]\n")),
        ("numbers in place of texts", filled(JOB, &head("services = ["), "1,", "]\n")),
        ("duplicates", filled(JOB, &head("countries = ["), "\"US\",", "]\n")),
        ("tables in place of texts", filled(JOB, &head("services = ["), "{},", "]\n")),
        ("unknown keys", numbered(HEAD, 150_000, |n| format!("k{n} = 1\n"), "")),
        ("unknown tables", numbered(HEAD, 150_000, |n| format!("[t{n}]\n"), "")),
        ("a long name", filled(JOB, "name = \"", "a", "\"\n")),
        ("a long key", filled(JOB, "", "k", " = 1\n")),
        ("a long word for a range", filled(JOB, "[windows]\nrange = \"last-", "9", "-days\"\n")),
        ("a long time zone", filled(JOB, "[windows]\ntimezone = \"", "Europe/", "\"\n")),
        ("wide letters in one line", filled(JOB, &head("channels = ["), "\"\u{1f600}\u{301}\u{202e}\",", "]")),
        ("nested lists", filled(JOB, "name = ", "[", "")),
        ("nested tables", filled(JOB, "name = ", "{a=", "")),
        ("a dotted key", filled(JOB, "", "a.", "a = 1")),
        ("a dotted header", filled(JOB, "[", "a.", "a]")),
        ("arrays of tables", filled(JOB, "", "[[windows]]\n", "")),
        ("blank lines", filled(JOB, "", "\n", "x")),
        ("comments", filled(JOB, "", "#\r\n", "name")),
        ("prefixes, each within one", filled(JOB, &head("destination_prefixes = [\"+1\","), "\"+12\",", "]")),
        ("prefixes", numbered(&head("destination_prefixes = ["), 99_999, |n| format!("\"+1{n:05}\","), "]")),
        ("services", numbered(&head("services = ["), 40_000, |n| format!("{{sid=\"VA{n:032}\"}},"), "]")),
    ]
}

pub fn api_bodies() -> Vec<Input> {
    vec![
        ("blanks", filled(BODY, "", " ", "{}")),
        ("a long text", filled(BODY, "{\"total_attempts\":0,\"url\":\"", "\\u0061", "\"}")),
        ("a long number", filled(BODY, "{\"total_attempts\":", "9", "}")),
        ("a long percentage", filled(BODY, "{\"total_attempts\":1,\"conversion_rate_percentage\":\"0.", "0", "\"}")),
        ("a long exponent", filled(BODY, "{\"total_attempts\":1,\"conversion_rate_percentage\":1e", "9", "}")),
        ("nested lists", filled(BODY, "{\"total_attempts\":0,\"x\":", "[", "")),
        ("nested objects", filled(BODY, "{\"total_attempts\":0,\"url\":", "{\"a\":", "")),
        ("many fields", filled(BODY, "{\"total_attempts\":0", ",\"a\":0", "}")),
        ("many elements", filled(BODY, "{\"conversion_rate_percentage\":[0", ",0", "]}")),
    ]
}

pub fn ledger_files() -> Vec<Input> {
    let sound = super::ledger_file::SOUND;
    let header = |rest: usize| [&sound[..100], &vec![0; rest][..]].concat();
    let mut many_pages = sound.to_vec();
    // The header claims 2^31 pages of 512 bytes.
    many_pages[28..32].copy_from_slice(&0x7fff_ffff_u32.to_be_bytes());
    vec![
        ("a header and zeros", header(BODY)),
        ("leftovers behind", [sound, &vec![0xa5; BODY][..]].concat()),
        ("a terabyte, by its header", many_pages),
        (
            "as many patches as there are",
            (0..65_536_u32).flat_map(|n| n.wrapping_mul(0x9e37_79b1).to_le_bytes()).collect(),
        ),
    ]
}

pub fn bucket_files() -> Vec<Input> {
    let holds = |count: u64| -> Vec<u8> {
        let head = [0, 0, count];
        let hold = |n: u64| [n, 1, n, 100_000_000_000_000 + n];
        head.into_iter().chain((1..=count).flat_map(hold)).flat_map(u64::to_le_bytes).collect()
    };
    vec![
        ("as many holds as are read", holds(100_000)),
        ("one hold more", holds(100_001)),
        ("ten million bytes", filled(BODY, "!vrbuckt\u{1}", "\0", "")),
    ]
}

pub fn manifests() -> Vec<Input> {
    let sound = super::manifest::sound().0;
    let changed = |from: &str, to: &str| {
        assert!(sound.contains(from), "{from}");
        sound.replace(from, to).into_bytes()
    };
    let window = r#"{"start":"2026-01-01T00:00:00Z","end":"2026-01-01T00:00:01Z","matrix":0,"is_final":true,"rows":1,
        "total_attempts":1,"total_converted":1,"run_id":"01990000-0000-7000-8000-000000000001"},"#;
    let seconds = |count: usize| -> String {
        let at = |n: usize| format!("2020-01-01T{:02}:{:02}:{:02}Z", n / 3600, n / 60 % 60, n % 60);
        let start = r#""start":"2026-01-01T00:00:00Z""#;
        let end = r#""end":"2026-01-01T00:00:01Z""#;
        let named = |n| (format!("\"start\":\"{}\"", at(n)), format!("\"end\":\"{}\"", at(n + 1)));
        (0..count).map(named).map(|(from, to)| window.replace(start, &from).replace(end, &to)).collect()
    };
    let many_countries = format!("\"countries\": [{}", "\"US\",".repeat(100_000));
    let many_windows = changed("\"windows\": [", &format!("\"windows\": [{}", seconds(20_000)));
    vec![
        ("a long name", changed("\"job\": \"fuzzed\"", &format!("\"job\": \"{}\"", "f".repeat(BODY)))),
        ("nested lists", changed("\"files\": [", &format!("\"files\": {}", "[".repeat(BODY)))),
        ("the same window, ever again", changed("\"windows\": [", &format!("\"windows\": [{}", window.repeat(20_000)))),
        ("many windows", many_windows.clone()),
        (
            "many windows of a great matrix",
            String::from_utf8(many_windows).unwrap().replace("\"countries\": [", &many_countries).into_bytes(),
        ),
        ("a billion rows", changed("\"rows\": 4", "\"rows\": 1000000000")),
        ("rows without end", changed("\"rows\": 2", "\"rows\": 18446744073709551615")),
        ("a billion bytes", changed("\"bytes\": ", "\"bytes\": 1000000000")),
    ]
}

pub fn command_lines() -> Vec<Input> {
    vec![
        ("many jobs", filled(MANY, "check", "\nx", "")),
        ("many formats", filled(MANY, "run\nx", "\n--format\ncsv", "")),
        ("many flags", filled(MANY, "run\nx", "\n--json", "")),
        ("many unknown arguments", filled(MANY, "schema", "\nx", "")),
        ("a long argument", filled(ARGUMENT, "run\nx\n--format\n", "x", "")),
        ("a long command", filled(ARGUMENT, "", "x", "")),
        ("a long flag", filled(ARGUMENT, "run\n--", "x", "")),
        ("a long number", filled(ARGUMENT, "run\nx\n--requests-per-minute\n", "9", "")),
    ]
}
