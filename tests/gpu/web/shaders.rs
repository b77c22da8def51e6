//! The WGSL that users prepend, as the browser's own compiler takes it: natively there is only wgpu's, which accepts more.

use pixmap_cache::{CacheDescriptor, CommitPolicy, PixmapCache};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::adapters::{Gpu, on_each_gpu};

const USER_WGSL: &str = include_str!("../../common/user.wgsl");

fn cache(gpu: &Gpu, (commit, pages, max_tiles): (CommitPolicy, u64, u32)) -> PixmapCache {
    let descriptor = CacheDescriptor {
        budget_bytes: pages * 64 * 64 * 4 + (66 << 10) + u64::from(max_tiles) * 64,
        commit,
        page_side: Some(64),
        max_entries: Some(4095),
        max_tiles: Some(max_tiles),
        ..Default::default()
    };
    PixmapCache::new(&gpu.device, &gpu.queue, &descriptor).expect("a cache")
}

#[wasm_bindgen_test]
async fn the_text_is_valid_before_a_user_shader_in_every_group() {
    on_each_gpu(async |gpu| {
        for commit in [CommitPolicy::Upfront, CommitPolicy::Stepwise] {
            for pages in [2, 5, 9, 16] {
                for max_tiles in [0, 256] {
                    let cache = cache(gpu, (commit, pages, max_tiles));
                    compile(gpu, &cache).await;
                }
            }
        }
    })
    .await;
}

/// Compiles a user's shader below the text of every group.
async fn compile(gpu: &Gpu, cache: &PixmapCache) {
    for group in 0..4 {
        let source = format!("{}{USER_WGSL}", cache.wgsl(group));
        let module = gpu.device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("user"),
            source: wgpu::ShaderSource::Wgsl(source.as_str().into()),
        });
        let info = gpu.run(module.get_compilation_info()).await;
        let is_error =
            |message: &&wgpu::CompilationMessage| message.message_type == wgpu::CompilationMessageType::Error;
        let error = info.messages.iter().find(is_error);
        assert!(error.is_none(), "group {group} is valid: {error:?}");
    }
}
