//! Lets the page's program be divided into parts that come when they are needed: `wasm-split-cli` finds by the linker's
//! relocations what belongs to which.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|target| target == "wasm32") {
        println!("cargo::rustc-link-arg-bin=app=--emit-relocs");
    }
}
