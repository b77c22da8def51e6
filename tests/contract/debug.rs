//! Every public type is `Debug`, those that show no name even if names are not.

use std::fmt::Debug;

use pixmap_cache::{inspect, iter, layout};

/// A type of names that is not `Debug` itself.
#[derive(PartialEq, Eq, Hash)]
struct Name;

fn is_debug<T: Debug>() {}

#[test]
fn every_public_type_is_debug() {
    is_debug::<pixmap_cache::BudgetError>();
    is_debug::<pixmap_cache::CacheDescriptor>();
    is_debug::<pixmap_cache::CacheStats>();
    is_debug::<pixmap_cache::CommitPolicy>();
    is_debug::<pixmap_cache::CreateError>();
    is_debug::<pixmap_cache::Found>();
    is_debug::<pixmap_cache::IdlePolicy>();
    is_debug::<pixmap_cache::InsertError>();
    is_debug::<pixmap_cache::PageIndex>();
    is_debug::<pixmap_cache::Pin>();
    is_debug::<pixmap_cache::PixelFormat>();
    is_debug::<pixmap_cache::Pixmap>();
    is_debug::<pixmap_cache::PixmapBuf>();
    is_debug::<pixmap_cache::PixmapCache<Name>>();
    is_debug::<pixmap_cache::PixmapId>();
    is_debug::<pixmap_cache::PixmapKey>();
    is_debug::<pixmap_cache::PrefixError>();
    is_debug::<pixmap_cache::ReadBackError>();
    is_debug::<pixmap_cache::Rect>();
    is_debug::<pixmap_cache::Region>();
    is_debug::<pixmap_cache::ReplaceError>();
    is_debug::<pixmap_cache::Request<String>>();
    is_debug::<pixmap_cache::RequestError>();
    is_debug::<pixmap_cache::RetainPolicy>();
    is_debug::<pixmap_cache::Size>();
    is_debug::<pixmap_cache::Trim>();
    is_debug::<pixmap_cache::UploadDescriptor>();
    is_debug::<pixmap_cache::UploadError<Name>>();
    is_debug::<pixmap_cache::Uploader<Name>>();
    is_debug::<iter::Keys>();
    is_debug::<iter::Iter<Name>>();
    is_debug::<inspect::Inspection<Name>>();
    is_debug::<inspect::InspectedPage>();
    is_debug::<inspect::InspectedRegion<String>>();
    is_debug::<inspect::Regions<Name>>();
    is_debug::<inspect::Eviction<String>>();
    is_debug::<inspect::Evictions<String>>();
    is_debug::<inspect::VramBytes>();
    is_debug::<layout::EvictReason>();
    is_debug::<layout::Keys>();
    is_debug::<layout::LastUse>();
    is_debug::<layout::Layout>();
    is_debug::<layout::LayoutDescriptor>();
    is_debug::<layout::LayoutError>();
    is_debug::<layout::LayoutStats>();
    is_debug::<layout::Op>();
    is_debug::<layout::PageCondition>();
    is_debug::<layout::PlaceError>();
    is_debug::<layout::Placement>();
    is_debug::<layout::Regions>();
    is_debug::<layout::ReleaseTerms>();
    is_debug::<layout::ResidentPage>();
    is_debug::<layout::ResidentRegion>();
}

#[cfg(feature = "image")]
#[test]
fn a_page_image_on_its_way_is_debug() {
    is_debug::<inspect::PageImage>();
}

#[cfg(feature = "overlay")]
#[test]
fn every_public_type_of_the_overlay_is_debug() {
    use pixmap_cache::overlay;
    is_debug::<overlay::Overlay>();
    is_debug::<overlay::OverlayDescriptor>();
    is_debug::<overlay::Corner>();
    is_debug::<overlay::PageView>();
    is_debug::<overlay::OverlayFrame>();
}
