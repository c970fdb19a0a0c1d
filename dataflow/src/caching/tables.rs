//! Tables of Arrow: what they are versioned by, and the formats of files that they are written to.
//!
//! A version is over the table as Arrow streams it, with its schema: equal ones may differ where nulls hide what lies
//! below them, and their nodes run once more. What is written is read back before it is kept, since CSV has no types and Parquet
//! not all of them: that costs a second pass, and no table ever comes back as another.

use std::io::Cursor;
use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::ArrowError;
use larder::{Bytes, Error, ErrorKind};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::{DataHasher, FileFormat, VersionedData};
use crate::kind::Kind;
use crate::value::Value;

impl VersionedData for RecordBatch {
    fn hash_data(&self, hasher: &mut DataHasher) -> larder::Result<()> {
        let stream = || {
            let mut writer = arrow_ipc::writer::StreamWriter::try_new(Vec::new(), &self.schema())?;
            writer.write(self)?;
            writer.into_inner()
        };
        let bytes = stream().map_err(|error: ArrowError| {
            Error::new(ErrorKind::Invalid, "a table has no version: it cannot be streamed").because(error)
        })?;
        hasher.part(&bytes);
        Ok(())
    }
}

/// A format of files for tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    /// Text with a line of names, for tables whose types follow from their values.
    Csv,
    /// The file format of Arrow.
    Feather,
    /// Columns, compressed.
    Parquet,
}

impl Table {
    pub(super) const ALL: [Self; 3] = [Self::Csv, Self::Feather, Self::Parquet];

    fn bytes(self, table: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
        match self {
            Self::Csv => {
                let mut writer = arrow_csv::Writer::new(Vec::new());
                writer.write(table)?;
                Ok(writer.into_inner())
            }
            Self::Feather => {
                let mut writer = arrow_ipc::writer::FileWriter::try_new(Vec::new(), &table.schema())?;
                writer.write(table)?;
                writer.into_inner()
            }
            Self::Parquet => {
                let mut writer = ArrowWriter::try_new(Vec::new(), table.schema(), None)?;
                writer.write(table)?;
                Ok(writer.into_inner()?)
            }
        }
    }

    fn table(self, bytes: &Bytes) -> Result<RecordBatch, ArrowError> {
        match self {
            Self::Csv => {
                let format = arrow_csv::reader::Format::default().with_header(true);
                let (schema, rows) = format.infer_schema(Cursor::new(bytes), None)?;
                let builder = arrow_csv::ReaderBuilder::new(Arc::new(schema)).with_header(true);
                whole(builder.with_batch_size(rows.max(1)).build(Cursor::new(bytes))?)
            }
            Self::Feather => whole(arrow_ipc::reader::FileReader::try_new(Cursor::new(bytes), None)?),
            Self::Parquet => {
                let builder = ParquetRecordBatchReaderBuilder::try_new(bytes.clone())?;
                let rows = builder.metadata().file_metadata().num_rows();
                let rows =
                    usize::try_from(rows).map_err(|error| ArrowError::from_external_error(error.into()))?;
                whole(builder.with_batch_size(rows.max(1)).build()?)
            }
        }
    }
}

/// The one table of a file, or an empty one.
fn whole(mut reader: impl RecordBatchReader) -> Result<RecordBatch, ArrowError> {
    let first = reader.next().transpose()?.unwrap_or_else(|| RecordBatch::new_empty(reader.schema()));
    match reader.next() {
        None => Ok(first),
        Some(_) => Err(ArrowError::ParseError("more than one table in a file".to_owned())),
    }
}

impl FileFormat for Table {
    fn name(&self) -> &str {
        match self {
            Self::Csv => "csv",
            Self::Feather => "feather",
            Self::Parquet => "parquet",
        }
    }

    fn extension(&self) -> &str {
        self.name()
    }

    fn holds(&self, kind: Kind) -> bool {
        kind == crate::kind!(RecordBatch)
    }

    fn write(&self, _: Kind, value: &Value) -> larder::Result<Bytes> {
        let refused = |reason: &str| {
            Error::new(
                ErrorKind::Encode,
                format!("a file of {} does not hold this table: {reason}", self.name()),
            )
        };
        let table = value.get::<RecordBatch>().ok_or_else(|| refused("it is none"))?;
        let bytes = self.bytes(table).map_err(|error| refused("it cannot be written").because(error))?;
        let bytes = Bytes::from(bytes);
        let read = self.table(&bytes).map_err(|error| refused("it cannot be read back").because(error))?;
        if read == *table { Ok(bytes) } else { Err(refused("it would come back as another")) }
    }

    fn read(&self, _: Kind, bytes: &Bytes) -> larder::Result<Value> {
        let wrong = |error| {
            Error::new(ErrorKind::Decode, format!("no file of {} with a table", self.name())).because(error)
        };
        self.table(bytes).map(Value::new).map_err(wrong)
    }
}
