//! Files in the format of MNIST, right and wrong ones.

use evoplast_tasks::plastic_classifier::{IdxFolder, read_images, read_labels};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::path::{Path, PathBuf};

fn images(count: u32, rows: u32, columns: u32, pixels: &[u8]) -> Vec<u8> {
    let sizes = [2051, count, rows, columns].into_iter().flat_map(u32::to_be_bytes);
    sizes.chain(pixels.iter().copied()).collect()
}

fn labels(values: &[u8]) -> Vec<u8> {
    let header = [2049, values.len() as u32].into_iter().flat_map(u32::to_be_bytes);
    header.chain(values.iter().copied()).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// A folder with three training and two test images of 1 x 2 pixels.
fn good(folder: &Path) {
    write(folder, "train-images-idx3-ubyte.gz", &gzip(&images(3, 1, 2, &[0, 255, 51, 0, 0, 0])));
    write(folder, "train-labels-idx1-ubyte", &labels(&[0, 9, 4]));
    write(folder, "t10k-images.idx3-ubyte", &images(2, 1, 2, &[255, 255, 0, 0]));
    write(folder, "t10k-labels-idx1-ubyte.gz", &gzip(&labels(&[1, 2])));
}

fn message(folder: &Path) -> String {
    let text = IdxFolder::ten_classes(folder).read().unwrap_err().to_string();
    assert!(!text.contains('\n'), "{text}");
    text.replace(&format!("{}/", folder.display()), "")
}

#[test]
fn plain_and_compressed_files_are_read_under_both_spellings() {
    let folder = tempfile::tempdir().unwrap();
    good(folder.path());
    let split = IdxFolder::ten_classes(folder.path()).read().unwrap();
    assert_eq!((split.train.len(), split.test.len(), split.train.width()), (3, 2, 2));
    assert_eq!((split.train.sample(0), split.train.sample(1)), (&[0.0, 1.0][..], &[0.2, 0.0][..]));
    assert_eq!([split.train.label(1), split.train.label(2), split.test.label(1)], [9, 4, 2]);
}

#[test]
fn every_fault_is_named_with_file_and_place() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    good(at);
    write(at, "train-labels-idx1-ubyte", &labels(&[0, 9]));
    assert_eq!(
        message(at),
        "train-labels-idx1-ubyte: number of labels: found 2, expected 3, one for each of train-images-idx3-ubyte.gz"
    );
    write(at, "train-labels-idx1-ubyte", &labels(&[0, 10, 4]));
    assert_eq!(message(at), "train-labels-idx1-ubyte: label 1: found 10, expected less than 10, the number of classes");
    write(at, "train-labels-idx1-ubyte", &images(3, 1, 1, &[0, 1, 2]));
    assert_eq!(
        message(at),
        "train-labels-idx1-ubyte: magic number: found [0, 0, 8, 3] (images), expected [0, 0, 8, 1] (labels)"
    );
    good(at);
    write(at, "t10k-images.idx3-ubyte", &images(2, 2, 1, &[0; 4]));
    assert_eq!(
        message(at),
        "t10k-images.idx3-ubyte: size of the images: found 2 x 1, expected 1 x 2, as the training images"
    );
    std::fs::remove_file(at.join("t10k-images.idx3-ubyte")).unwrap();
    assert!(message(at).contains("no t10k-images, expected t10k-images-idx3-ubyte or t10k-images-idx3-ubyte.gz"));
}

#[test]
fn torn_files_are_refused_and_their_headers_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let refused = |bytes: &[u8]| {
        let path = write(at, "file", bytes);
        read_images(&path).unwrap_err().to_string().replace(&format!("{}: ", path.display()), "")
    };
    let whole = images(2, 2, 2, &[7; 8]);
    assert_eq!(refused(&whole[..23]), "bytes after the header: found 7, expected 8 for 2 x 2 x 2");
    assert_eq!(
        refused(&[&whole[..], &[0]].concat()),
        "bytes after the header: found more than 8, expected 8 for 2 x 2 x 2"
    );
    assert_eq!(refused(&whole[..10]), "header: found the end of the file after 6 of 12 bytes, expected a whole header");
    assert!(refused(&[]).starts_with("header: found the end of the file after 0 of 4 bytes"));
    let compressed = gzip(&whole);
    assert!(refused(&compressed[..compressed.len() - 9]).starts_with("cannot read: "));
    let zero = "sizes in the header: found 0 x 2 x 2, expected at least 1 each, less than 2^40 in all";
    assert_eq!(refused(&images(0, 2, 2, &[])), zero);
    // 2^96 pixels by the header: refused, and nothing of that size is allocated.
    assert!(refused(&images(u32::MAX, u32::MAX, u32::MAX, &[0; 4])).starts_with("sizes in the header"));
    // 2^37 by the header, 4 in the file.
    assert!(refused(&images(1 << 13, 1 << 12, 1 << 12, &[0; 4])).starts_with("bytes after the header: found 4"));
    let mut floats = whole.clone();
    floats[2] = 0x0d;
    assert_eq!(refused(&floats), "magic number: found [0, 0, 13, 3], expected [0, 0, 8, 3] (images)");
    assert!(read_labels(&at.join("none")).unwrap_err().to_string().contains("cannot read"));
}

/// Means and deviations of the pixels of the published training images, and the counts of their labels.
#[test]
fn the_published_files_are_read() {
    let Some(data) = std::env::var_os("EVOPLAST_DATA") else {
        println!("EVOPLAST_DATA is not set: the published files are not read");
        return;
    };
    for (name, mean, deviation) in [("mnist", 0.1307, 0.3081), ("fashion_mnist", 0.2860, 0.3530)] {
        let folder = Path::new(&data).join(name);
        if !folder.is_dir() {
            println!("no folder {name}: not read");
            continue;
        }
        let split = IdxFolder::ten_classes(&folder).read().unwrap();
        assert_eq!((split.train.len(), split.test.len(), split.train.width()), (60_000, 10_000, 784));
        let pixels = || (0..split.train.len()).flat_map(|s| split.train.sample(s)).map(|&p| f64::from(p));
        let count = (60_000 * 784) as f64;
        let found = pixels().sum::<f64>() / count;
        let spread = (pixels().map(|p| (p - found).powi(2)).sum::<f64>() / count).sqrt();
        assert!((found - mean).abs() < 1e-4 && (spread - deviation).abs() < 1e-4, "{name}: {found} {spread}");
        let of = |class| (0..60_000).filter(|&s| split.train.label(s) == class).count();
        // MNIST has 5923 zeros and 6742 ones; Fashion-MNIST has 6000 of each class.
        assert_eq!((of(0), of(1)), if name == "mnist" { (5923, 6742) } else { (6000, 6000) });
    }
}
