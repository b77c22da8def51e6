//! What a user's pipeline sees of a cache: bind group layout and bind group. The WGSL that goes with them is in `wgsl.rs`.
//!
//! Bindings: 0 region table, 1 sampler, 2.. one per array texture. The layout is fixed for the cache's life; the bind
//! group is replaced when a texture is committed or released.

use super::textures::Textures;
use crate::gpu::plan::AtlasPlan;

const TABLE_BINDING: u32 = 0;
const SAMPLER_BINDING: u32 = 1;
pub(super) const FIRST_PAGES_BINDING: u32 = 2;

pub(super) struct Binding {
    layout: wgpu::BindGroupLayout,
    sampler: wgpu::Sampler,
    group: wgpu::BindGroup,
}

impl Binding {
    pub(super) fn new(
        device: &wgpu::Device,
        plan: &AtlasPlan,
        table: &wgpu::Texture,
        textures: &Textures,
    ) -> Self {
        let layout = bind_group_layout(device, plan.arrays.count);
        let sampler = device.create_sampler(&wgpu::SamplerDescriptor {
            label: Some("pixmap-cache sampler"),
            mag_filter: plan.filter,
            min_filter: plan.filter,
            ..Default::default()
        });
        let group = bind_group(device, &layout, &sampler, table, textures);
        Self {
            layout,
            sampler,
            group,
        }
    }

    /// A bind group of these textures. It is in force once it is passed to [`Binding::set_group`].
    pub(super) fn group_of(
        &self,
        device: &wgpu::Device,
        table: &wgpu::Texture,
        textures: &Textures,
    ) -> wgpu::BindGroup {
        bind_group(device, &self.layout, &self.sampler, table, textures)
    }

    pub(super) fn set_group(&mut self, group: wgpu::BindGroup) {
        self.group = group;
    }

    pub(super) fn layout(&self) -> &wgpu::BindGroupLayout {
        &self.layout
    }

    pub(super) fn group(&self) -> &wgpu::BindGroup {
        &self.group
    }
}

fn bind_group_layout(device: &wgpu::Device, arrays: u32) -> wgpu::BindGroupLayout {
    let entry = |binding, visibility, ty| wgpu::BindGroupLayoutEntry {
        binding,
        visibility,
        ty,
        count: None,
    };
    let texture = |sample_type, view_dimension| wgpu::BindingType::Texture {
        sample_type,
        view_dimension,
        multisampled: false,
    };
    let filterable = wgpu::TextureSampleType::Float { filterable: true };
    let pages = texture(filterable, wgpu::TextureViewDimension::D2Array);
    let table = texture(wgpu::TextureSampleType::Uint, wgpu::TextureViewDimension::D2);
    let sampler = wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering);
    let fragment = wgpu::ShaderStages::FRAGMENT;
    let mut entries = vec![
        entry(TABLE_BINDING, wgpu::ShaderStages::VERTEX_FRAGMENT, table),
        entry(SAMPLER_BINDING, fragment, sampler),
    ];
    entries.extend((0..arrays).map(|array| entry(FIRST_PAGES_BINDING + array, fragment, pages)));
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("pixmap-cache bind group layout"),
        entries: &entries,
    })
}

fn bind_group(
    device: &wgpu::Device,
    layout: &wgpu::BindGroupLayout,
    sampler: &wgpu::Sampler,
    table: &wgpu::Texture,
    textures: &Textures,
) -> wgpu::BindGroup {
    let table = table.create_view(&wgpu::TextureViewDescriptor {
        label: Some("pixmap-cache region table"),
        ..Default::default()
    });
    let views: Vec<wgpu::TextureView> = textures.views().collect();
    let mut entries = vec![
        wgpu::BindGroupEntry {
            binding: TABLE_BINDING,
            resource: wgpu::BindingResource::TextureView(&table),
        },
        wgpu::BindGroupEntry {
            binding: SAMPLER_BINDING,
            resource: wgpu::BindingResource::Sampler(sampler),
        },
    ];
    entries.extend((FIRST_PAGES_BINDING..).zip(&views).map(|(binding, view)| {
        let resource = wgpu::BindingResource::TextureView(view);
        wgpu::BindGroupEntry { binding, resource }
    }));
    device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("pixmap-cache bind group"),
        layout,
        entries: &entries,
    })
}
