//! Every bench in one run, ended by one table of targets: `cargo bench --bench all`, or with the names of
//! some, `-- churn scale`.
//!
//! Each bench checks that its results are right, prints its figures, and hands its targets to `report`.
//! Compared is within one run only. What is replayed is in `workload`, what it is replayed through in
//! `reference`.

mod allocated;
mod churn;
mod draw;
mod frame;
mod report;
mod scale;
mod touch;
mod upload;

use report::Report;

#[global_allocator]
static ALLOCATOR: allocated::Counting = allocated::Counting;

/// A bench: its name on the command line, and what it does.
struct Bench {
    name: &'static str,
    run: fn(&mut Report),
}

const BENCHES: [Bench; 6] = [
    Bench {
        name: "churn",
        run: churn::run,
    },
    Bench {
        name: "touch",
        run: touch::run,
    },
    Bench {
        name: "scale",
        run: scale::run,
    },
    Bench {
        name: "upload",
        run: upload::run,
    },
    Bench {
        name: "draw",
        run: draw::run,
    },
    Bench {
        name: "frame",
        run: frame::run,
    },
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --benches` runs this too, without the option that `cargo bench` gives.
    if !arguments.iter().any(|argument| argument == "--bench") {
        println!("nothing measured: run it with `cargo bench`");
        return;
    }
    let names: Vec<&String> = arguments
        .iter()
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    if let Some(unknown) = names
        .iter()
        .find(|name| BENCHES.iter().all(|bench| bench.name != **name))
    {
        eprintln!(
            "there is no bench `{unknown}`, only {}",
            BENCHES.map(|bench| bench.name).join(", ")
        );
        std::process::exit(2);
    }
    let mut report = Report::default();
    for bench in BENCHES {
        if names.is_empty() || names.iter().any(|name| *name == bench.name) {
            println!("\n# {}\n", bench.name);
            (bench.run)(&mut report);
        }
    }
    println!("\n# targets\n\n{report}");
}
