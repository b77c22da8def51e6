//! What a user's pipeline sees of a cache: bind group layout and bind groups. The matching WGSL is in `wgsl.rs`.
//!
//! Bindings: 0 region table, 1 sampler, from 2 on one per array texture. Invariant: the layout never changes; only the
//! textures of a bind group differ from the one before.

use super::label::Label;
use super::plan::AtlasPlan;
use super::textures::Textures;

const TABLE_BINDING: u32 = 0;
const SAMPLER_BINDING: u32 = 1;
pub(super) const FIRST_PAGES_BINDING: u32 = 2;

/// What all bind groups of a cache have in common.
pub(super) struct Binding {
    device: wgpu::Device,
    label: Label,
    layout: wgpu::BindGroupLayout,
    sampler: wgpu::Sampler,
    table: wgpu::TextureView,
}

impl Binding {
    pub(super) fn new(device: &wgpu::Device, plan: &AtlasPlan, table: &wgpu::Texture) -> Self {
        let label = &plan.label;
        Self {
            device: device.clone(),
            label: label.clone(),
            layout: bind_group_layout(device, label, plan.arrays.count),
            sampler: device.create_sampler(&wgpu::SamplerDescriptor {
                label: Some(&label.of("sampler")),
                mag_filter: plan.filter,
                min_filter: plan.filter,
                ..Default::default()
            }),
            table: table.create_view(&wgpu::TextureViewDescriptor {
                label: Some(&label.of("region table")),
                ..Default::default()
            }),
        }
    }

    pub(super) fn layout(&self) -> &wgpu::BindGroupLayout {
        &self.layout
    }

    /// Creates a view of all layers, the only kind that GL can sample.
    fn view(&self, binding: u32, texture: &wgpu::Texture) -> wgpu::TextureView {
        texture.create_view(&wgpu::TextureViewDescriptor {
            label: Some(&self.label.of(&format!("view at binding {binding}"))),
            dimension: Some(wgpu::TextureViewDimension::D2Array),
            ..Default::default()
        })
    }

    /// Creates a bind group of these textures.
    pub(super) fn group_of(&self, textures: &Textures) -> wgpu::BindGroup {
        let views = (FIRST_PAGES_BINDING..).zip(textures.to_bind());
        let views = views.map(|(binding, texture)| (binding, self.view(binding, texture)));
        let views: Vec<(u32, wgpu::TextureView)> = views.collect();
        let mut entries = vec![
            wgpu::BindGroupEntry {
                binding: TABLE_BINDING,
                resource: wgpu::BindingResource::TextureView(&self.table),
            },
            wgpu::BindGroupEntry {
                binding: SAMPLER_BINDING,
                resource: wgpu::BindingResource::Sampler(&self.sampler),
            },
        ];
        entries.extend(views.iter().map(|(binding, view)| wgpu::BindGroupEntry {
            binding: *binding,
            resource: wgpu::BindingResource::TextureView(view),
        }));
        self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(&self.label.of("bind group")),
            layout: &self.layout,
            entries: &entries,
        })
    }
}

fn bind_group_layout(device: &wgpu::Device, label: &Label, arrays: u32) -> wgpu::BindGroupLayout {
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
        label: Some(&label.of("bind group layout")),
        entries: &entries,
    })
}
