//! The normal form of a function's source: what its version is the digest of.
//!
//! Tokens, each as it is written, with one blank between them. Comments and layout are no tokens; documentation is
//! left out, and so are the commas that a formatter adds or takes where it breaks lines. The form is frozen by
//! golden texts: another form is another version of every function.

use proc_macro2::{Delimiter, Group, Punct, Spacing, TokenStream, TokenTree};

/// The normal form of these tokens.
pub(crate) fn normal(tokens: TokenStream) -> String {
    let mut text = String::new();
    write(tokens, Surroundings::Open, &mut text);
    text
}

/// What stands around a sequence of tokens, as far as it says which commas have no meaning.
#[derive(Clone, Copy, PartialEq)]
enum Surroundings {
    /// Nothing, or a place where a last comma says something: a tuple of one.
    Open,
    /// A list, in which a last comma says nothing.
    List,
    /// Braces, where besides the comma after a block arm says nothing.
    Braces,
    /// The arguments of a macro, which may look at every token.
    Macro,
}

fn write(tokens: TokenStream, around: Surroundings, text: &mut String) {
    let tokens: Vec<TokenTree> = flat(tokens);
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if let Some(length) = documentation(&tokens[at..]) {
            at += length;
            continue;
        }
        match token {
            TokenTree::Punct(comma) if comma.as_char() == ',' && is_idle(&tokens, at, around) => {}
            TokenTree::Group(group) => write_group(group, of_group(&tokens, at, around), text),
            TokenTree::Punct(punct) => {
                text.push(punct.as_char());
                if !is_joined(punct, tokens.get(at + 1)) {
                    text.push(' ');
                }
            }
            other => {
                text.push_str(&other.to_string());
                text.push(' ');
            }
        }
        at += 1;
    }
}

/// Whether a sign belongs together with the token after it, as in `->` and `'a`. A sign before a lifetime never
/// does: libraries and the compiler disagree on what they tell of it.
fn is_joined(punct: &Punct, next: Option<&TokenTree>) -> bool {
    match next {
        Some(TokenTree::Punct(next)) => punct.spacing() == Spacing::Joint && next.as_char() != '\'',
        _ => punct.as_char() == '\'',
    }
}

/// The tokens without the invisible groups that macros put around what they pass on.
fn flat(tokens: TokenStream) -> Vec<TokenTree> {
    let mut all = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                all.extend(flat(group.stream()));
            }
            token => all.push(token),
        }
    }
    all
}

fn write_group(group: &Group, inside: Surroundings, text: &mut String) {
    let (open, close) = match group.delimiter() {
        Delimiter::Parenthesis => ('(', ')'),
        Delimiter::Brace => ('{', '}'),
        Delimiter::Bracket => ('[', ']'),
        Delimiter::None => unreachable!("groups without delimiters were opened"),
    };
    text.extend([open, ' ']);
    write(group.stream(), inside, text);
    text.extend([close, ' ']);
}

/// How many tokens at the beginning are an attribute `doc`.
fn documentation(tokens: &[TokenTree]) -> Option<usize> {
    if !is_punct(tokens.first(), '#') {
        return None;
    }
    let length = if is_punct(tokens.get(1), '!') { 3 } else { 2 };
    let Some(TokenTree::Group(group)) = tokens.get(length - 1) else { return None };
    let first = group.stream().into_iter().next();
    let is_doc = matches!(&first, Some(TokenTree::Ident(name)) if name == "doc");
    (group.delimiter() == Delimiter::Bracket && is_doc).then_some(length)
}

/// What stands around the tokens of the group at `at`.
fn of_group(tokens: &[TokenTree], at: usize, around: Surroundings) -> Surroundings {
    let TokenTree::Group(group) = &tokens[at] else { return Surroundings::Open };
    let before = at.checked_sub(1).map(|at| &tokens[at]);
    let is_macro =
        is_punct(before, '!') && matches!(at.checked_sub(2).map(|at| &tokens[at]), Some(TokenTree::Ident(_)));
    if around == Surroundings::Macro || is_macro {
        return Surroundings::Macro;
    }
    match group.delimiter() {
        Delimiter::Brace => Surroundings::Braces,
        Delimiter::Bracket => Surroundings::List,
        // What follows a name is a list of arguments or parameters; a tuple follows a keyword or a sign.
        Delimiter::Parenthesis if matches!(before, Some(TokenTree::Ident(name)) if !is_keyword(&name.to_string())) => {
            Surroundings::List
        }
        Delimiter::Parenthesis if is_punct(before, '>') && closes_generics(&tokens[..at]) => {
            Surroundings::List
        }
        // `(a, b,)` is `(a, b)`, and `(a,)` is not `(a)`.
        Delimiter::Parenthesis => {
            let commas = flat(group.stream()).iter().filter(|token| is_punct(Some(token), ',')).count();
            if commas > 1 { Surroundings::List } else { Surroundings::Open }
        }
        Delimiter::None => around,
    }
}

/// Whether the `>` at the end of these tokens closes a list of generics: only such a list has a `<` before it.
fn closes_generics(tokens: &[TokenTree]) -> bool {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().rev() {
        let TokenTree::Punct(sign) = token else { continue };
        let is_arrow = || {
            at > 0
                && matches!(&tokens[at - 1], TokenTree::Punct(sign) if "-=".contains(sign.as_char()) && sign.spacing() == Spacing::Joint)
        };
        match sign.as_char() {
            '>' if !is_arrow() => depth += 1,
            '<' if depth == 1 => return true,
            '<' => depth -= 1,
            ';' => return false,
            _ => {}
        }
        if depth <= 0 {
            return false;
        }
    }
    false
}

/// Whether the comma at `at` says nothing.
fn is_idle(tokens: &[TokenTree], at: usize, around: Surroundings) -> bool {
    if around == Surroundings::Macro {
        return false;
    }
    let (before, next) = (at.checked_sub(1).map(|at| &tokens[at]), tokens.get(at + 1));
    let is_last = next.is_none() && matches!(around, Surroundings::List | Surroundings::Braces);
    // No expression, type or pattern begins with `>`.
    let ends_generics = is_punct(next, '>');
    let is_after_arm = around == Surroundings::Braces
        && matches!(before, Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace)
        && at >= 3
        && is_punct(Some(&tokens[at - 2]), '>')
        && matches!(&tokens[at - 3], TokenTree::Punct(sign) if sign.as_char() == '=' && sign.spacing() == Spacing::Joint);
    is_last || ends_generics || is_after_arm
}

fn is_punct(token: Option<&TokenTree>, sign: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == sign)
}

/// The keywords that a parenthesis may follow.
fn is_keyword(name: &str) -> bool {
    matches!(
        name,
        "as" | "async"
            | "await"
            | "box"
            | "break"
            | "const"
            | "dyn"
            | "else"
            | "for"
            | "if"
            | "impl"
            | "in"
            | "let"
            | "loop"
            | "match"
            | "move"
            | "mut"
            | "pub"
            | "ref"
            | "return"
            | "static"
            | "unsafe"
            | "where"
            | "while"
            | "yield"
    )
}

#[cfg(test)]
mod tests {
    use super::normal;

    fn of(source: &str) -> String {
        normal(source.parse().expect("tokens"))
    }

    /// These texts are what versions are digests of: they never change while the form is called 1.
    #[test]
    fn golden_texts() {
        let golden = [
            ("fn one() -> u8 { 1 }", "fn one ( ) -> u8 { 1 } "),
            ("fn a<'x>(b: &'x str, c: (u8,),) {}", "fn a < 'x > ( b : & 'x str , c : ( u8 , ) ) { } "),
            ("x.iter().map(|y| y + 1.50)", "x . iter ( ) . map ( | y | y + 1.50 ) "),
            ("match a { 1 => { b }, _ => c, }", "match a { 1 => { b } _ => c } "),
            ("vec![1, 2,]", "vec ! [ 1 , 2 , ] "),
            ("f::<A, fn() -> B,>(x,)", "f ::< A , fn ( ) -> B > ( x ) "),
            ("S { a: b {}, c }", "S { a : b { } , c } "),
            (r#"let r#type = "a  b";"#, r#"let r#type = "a  b" ; "#),
        ];
        for (source, expected) in golden {
            assert_eq!(of(source), expected, "{source}");
        }
    }

    #[test]
    fn comments_documentation_and_layout_say_nothing() {
        let plain = of("fn f(a: u8, b: u8) -> u8 { g(a, b) }");
        let laid_out = of(
            "/// Adds.\n#[doc = \"More.\"] fn f(\n a: u8, // one\n b: u8,\n) -> u8 {\n/* two */ g(\n a,\n b,\n) }",
        );
        assert_eq!(plain, laid_out);
        assert_eq!(of("fn f() { //! inside\n }"), of("fn f() {}"));
    }

    #[test]
    fn what_parses_otherwise_reads_otherwise() {
        let pairs = [
            ("(a)", "(a,)"),
            ("return (a,)", "return (a)"),
            ("a & & b", "a && b"),
            ("[S {}, -S {}]", "[S {} - S {}]"),
            ("#[inline] fn f() {}", "fn f() {}"),
            ("m!(a,)", "m!(a)"),
            ("fn f() -> (A,) {}", "fn f() -> (A) {}"),
            ("a > (b,)", "a > (b)"),
            ("1", "1.0"),
            ("a b", "ab"),
            ("\"a b\"", "\"a  b\""),
        ];
        for (one, other) in pairs {
            assert_ne!(of(one), of(other), "{one} and {other}");
        }
    }
}
