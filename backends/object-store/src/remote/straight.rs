//! Requests that go to the store and nowhere else: no redirect is followed.
//!
//! A store that redirects says that the bucket is somewhere else. The usual client goes there, with the session token and the
//! key of the customer, as it leaves out no more than the signature; what comes back speaks of rights and not of the
//! place. Here a redirect is an error that names the place. The price is that no store can be reached through a server
//! that only points to it.

use std::error::Error as StdError;
use std::fmt;

use async_trait::async_trait;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
};
use url::Url;

use super::client;
use super::told::{is_name, named};

/// Makes clients that follow no redirect.
#[derive(Clone, Copy, Debug)]
pub(super) struct Straight;

impl HttpConnector for Straight {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(Service(client::build(options)?)))
    }
}

#[derive(Debug)]
struct Service(reqwest::Client);

#[async_trait]
impl HttpService for Service {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let answer = self.0.call(request).await?;
        if !matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
            return Ok(answer);
        }
        Err(match Redirect::read(answer).await {
            // Nobody tries again what is of this kind.
            Ok(redirect) => HttpError::new(HttpErrorKind::Unknown, redirect),
            Err(cut) => cut,
        })
    }
}

/// A redirect, as an error. Only names are told of it: the rest of a place, and the page that comes with it, may carry a
/// token.
#[derive(Debug)]
struct Redirect {
    status: u16,
    /// What S3 calls it.
    code: Option<String>,
    host: Option<String>,
    region: Option<String>,
}

impl Redirect {
    async fn read(answer: HttpResponse) -> Result<Self, HttpError> {
        let status = answer.status().as_u16();
        let header = |name: &str| answer.headers().get(name)?.to_str().ok().map(str::to_owned);
        let (region, location) = (header("x-amz-bucket-region"), header("location"));
        let page = answer.into_body().bytes().await?;
        let page = String::from_utf8_lossy(&page);
        let element = |name: &str| named(&page, name).map(str::to_owned);
        let host = location.and_then(|to| Some(Url::parse(&to).ok()?.host_str()?.to_owned()));
        let region = region.filter(|region| is_name(region)).or_else(|| element("Region"));
        Ok(Self { status, code: element("Code"), host: host.or_else(|| element("Endpoint")), region })
    }
}

impl fmt::Display for Redirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, code, host, region } = self;
        write!(f, "a redirect, status code: {status}")?;
        for (name, value) in [("Code", code), ("Endpoint", host), ("Region", region)] {
            if let Some(value) = value {
                write!(f, " <{name}>{value}</{name}>")?;
            }
        }
        Ok(())
    }
}

impl StdError for Redirect {}
