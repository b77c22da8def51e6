//! Runs the benches and ends with one table of targets: `cargo bench --bench all`. Names select benches: `-- churn scale`.
//!
//! Each bench checks its results, prints its figures and adds its targets to the report. Figures are compared within one
//! run only. Traces, and the caches that they are replayed through, are in `benches/kit`.

mod allocated;
mod churn;
mod draw;
mod frame;
mod hitch;
mod report;
mod scale;
mod startup;
mod touch;
mod update;
mod upload;

use report::Report;

#[global_allocator]
static ALLOCATOR: allocated::Counting = allocated::Counting;

/// A bench and its name on the command line.
struct Bench {
    name: &'static str,
    run: fn(&mut Report),
}

const BENCHES: [Bench; 10] = [
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
        name: "update",
        run: update::run,
    },
    Bench {
        name: "draw",
        run: draw::run,
    },
    Bench {
        name: "levels",
        run: draw::run_levels,
    },
    Bench {
        name: "frame",
        run: frame::run,
    },
    Bench {
        name: "hitch",
        run: hitch::run,
    },
    Bench {
        name: "startup",
        run: startup::run,
    },
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if startup::ran_as_child(&arguments) {
        return;
    }
    // `cargo test --benches` runs this too, without the option that `cargo bench` passes.
    if !arguments.iter().any(|argument| argument == "--bench") {
        println!("nothing measured; run `cargo bench --bench all`");
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
            "unknown bench `{unknown}`; expected any of {}",
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
