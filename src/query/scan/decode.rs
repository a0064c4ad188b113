//! [`Decoder`]: rows of one row group, by DataFusion's Parquet source.

use std::sync::Arc;

use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::{ParquetAccessPlan, RowGroupAccess};
use datafusion::datasource::physical_plan::{FileScanConfigBuilder, ParquetFileReaderFactory, ParquetSource};
use datafusion::datasource::source::DataSource;
use datafusion::error::Result;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::object_store::ObjectStoreUrl;

use super::nested::ByName;
use super::open::RowGroup;
use super::{STORE_URL, Scan};

/// Decodes row groups of the files of one scan.
#[derive(Debug, Clone)]
pub(super) struct Decoder {
    scan: Arc<Scan>,
    parquet: ParquetSource,
    batch_size: usize,
    limit: Option<usize>,
}

impl Decoder {
    pub(super) fn new(scan: Arc<Scan>, parquet: ParquetSource, batch_size: usize, limit: Option<usize>) -> Self {
        Self {
            scan,
            parquet,
            batch_size,
            limit,
        }
    }

    /// The rows of `row_group`, one of `count`, of `file`, read through `readers`.
    pub(super) fn decode(
        &self,
        file: PartitionedFile,
        count: usize,
        row_group: &RowGroup,
        readers: Arc<dyn ParquetFileReaderFactory>,
    ) -> Result<SendableRecordBatchStream> {
        let mut access = ParquetAccessPlan::new_none(count);
        match &row_group.selection {
            Some(selection) => access.set(row_group.index, RowGroupAccess::Selection(selection.clone())),
            None => access.scan(row_group.index),
        }
        let source = Arc::new(self.parquet.clone().with_parquet_file_reader_factory(readers));
        let config = FileScanConfigBuilder::new(ObjectStoreUrl::parse(STORE_URL)?, source)
            .with_file(file.with_extension(access))
            .with_expr_adapter(Some(Arc::new(ByName)))
            .with_limit(self.limit)
            .with_batch_size(Some(self.batch_size))
            .build();
        config.open(0, Arc::clone(&self.scan.context))
    }
}
