//! How DataFusion is set up for a tab: its functions, its budgets, one partition.

use std::sync::Arc;

use datafusion::error::DataFusionError;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::GreedyMemoryPool;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::{SessionStateBuilder, SessionStateDefaults};
use datafusion::prelude::SessionConfig;
use object_store::memory::InMemory;
use url::Url;

use super::scan::STORE_URL;
use super::session::{CATALOG, SCHEMA};

/// Rows of a batch: large enough that an operator's fixed costs vanish, small enough that a
/// batch of wide rows is a few MB and takes milliseconds.
const BATCH_ROWS: usize = 8192;

/// All of DataFusion's functions. What else it has by default makes tables of files and writes such: no statement may, and
/// as code it would have to be downloaded.
pub(super) fn with_functions(builder: SessionStateBuilder) -> SessionStateBuilder {
    let tables = SessionStateDefaults::default_table_functions();
    builder
        .with_expr_planners(SessionStateDefaults::default_expr_planners())
        .with_scalar_functions(SessionStateDefaults::default_scalar_functions())
        .with_higher_order_functions(SessionStateDefaults::default_higher_order_functions())
        .with_aggregate_functions(SessionStateDefaults::default_aggregate_functions())
        .with_window_functions(SessionStateDefaults::default_window_functions())
        .with_table_function_list(tables)
}

/// A greedy pool: nothing can be spilled in a tab, so shares kept free for others would only
/// make statements fail that fit.
pub(super) fn runtime(memory_bytes: u64) -> datafusion::error::Result<Arc<RuntimeEnv>> {
    let pool = GreedyMemoryPool::new(usize::try_from(memory_bytes).unwrap_or(usize::MAX));
    let disk = DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled);
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(pool))
        .with_disk_manager_builder(disk);
    let runtime = runtime.build_arc()?;
    let nowhere = Url::parse(STORE_URL).map_err(|error| DataFusionError::External(Box::new(error)))?;
    runtime.register_object_store(&nowhere, Arc::new(InMemory::new()));
    Ok(runtime)
}

pub(super) fn config() -> SessionConfig {
    let mut config = SessionConfig::new()
        .with_information_schema(true)
        .with_create_default_catalog_and_schema(false)
        .with_default_catalog_and_schema(CATALOG, SCHEMA)
        .with_batch_size(BATCH_ROWS);
    pin(&mut config);
    // Errors then tell their place in the statement.
    config.options_mut().sql_parser.collect_spans = true;
    config
}

/// One partition: there is one thread, and more partitions would start tasks.
pub(super) fn pin(config: &mut SessionConfig) {
    let options = config.options_mut();
    options.execution.target_partitions = 1;
    options.execution.planning_concurrency = 1;
    options.execution.hash_join_buffering_capacity = 0;
}
