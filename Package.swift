// swift-tools-version: 6.2

import PackageDescription

// What a program can leave out of MuseGen, and with it the C libraries behind it; the command line needs
// all of it.
let withSound = TargetDependencyCondition.when(traits: ["Sound"])
let withDownloads = TargetDependencyCondition.when(traits: ["Downloads"])
let withMPI = TargetDependencyCondition.when(traits: ["MPI"])

// Which MPI: the name of its pkg-config file, the system's choice where nobody says another.
let mpi = Context.environment["MUSEGEN_MPI"] ?? "mpi"

// The modules that a program can import by themselves.
let libraries = [
  "MuseGen", "StandardMIDIFile", "MusicXML", "Safetensors", "Music", "Drawing", "Tokenization",
  "Corpora", "MusicCollections",
  "Archives", "Downloads", "Ranks", "Recurrent", "Modeling", "ModelCollection", "Training",
  "Classification", "Generation", "Improvisation", "Evaluation", "Playback", "Favourites",
  "EventFiles", "ONNX", "MidiTok", "FileStorage", "Settings",
]

let package = Package(
  name: "musegen",
  products: [.executable(name: "musegen", targets: ["MuseGenCLI"])]
    + libraries.map { .library(name: $0, targets: [$0]) },
  traits: [
    .default(enabledTraits: ["Sound", "Downloads"]),
    .trait(
      name: "Sound", description: "Playback in MuseGen, by FluidSynth, ALSA and libsndfile"),
    .trait(
      name: "Downloads", description: "Collections in MuseGen, by libcurl"),
    .trait(name: "MPI", description: "Training on many machines, by Open MPI or MPICH"),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
  ],
  targets: [
    // Ground floor: formats, files, C.
    .target(name: "Settings"),
    .target(name: "Reproducibility"),
    .target(name: "StandardMIDIFile"),
    .target(name: "Safetensors", dependencies: ["Reproducibility"]),
    .target(name: "FileStorage"),
    .target(name: "ProtocolBuffers"),
    .target(
      name: "EventFiles", dependencies: ["ProtocolBuffers", "FileStorage", "Reproducibility"]),
    .target(name: "Favourites", dependencies: ["FileStorage", "Reproducibility"]),
    .systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"])]),
    .target(name: "CKernels"),
    .systemLibrary(name: "CFluidSynth", providers: [.apt(["libfluidsynth-dev"])]),
    // Found at run time, needed by nobody who builds.
    .systemLibrary(name: "CJack"),
    .systemLibrary(name: "CALSA", pkgConfig: "alsa", providers: [.apt(["libasound2-dev"])]),
    .systemLibrary(name: "CSndFile", pkgConfig: "sndfile", providers: [.apt(["libsndfile1-dev"])]),
    .systemLibrary(
      name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(
      name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
    .systemLibrary(
      name: "CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
    .systemLibrary(name: "CMPILibrary", pkgConfig: mpi, providers: [.apt(["libopenmpi-dev"])]),
    .target(
      name: "CMPI", dependencies: [.target(name: "CMPILibrary", condition: withMPI)],
      cSettings: [.define("MUSEGEN_MPI", .when(traits: ["MPI"]))]),
    .target(name: "Ranks", dependencies: ["Reproducibility", "CMPI"]),
    .target(name: "Archives", dependencies: ["FileStorage", "CArchive"]),
    .target(
      name: "Downloads", dependencies: ["Archives", "FileStorage", "Reproducibility", "CCurl"]),
    .target(name: "MusicXML", dependencies: ["Archives", "CLibXML2"]),

    // Music, and music as numbers.
    .target(name: "Music", dependencies: ["StandardMIDIFile", "MusicXML"]),
    .target(name: "Drawing", dependencies: ["Music", "Reproducibility"]),
    .target(name: "Tokenization", dependencies: ["Music", "Settings"]),
    .target(name: "MidiTok", dependencies: ["Tokenization", "Reproducibility"]),
    .target(
      name: "Corpora",
      dependencies: ["Tokenization", "FileStorage", "Settings", "Reproducibility"]),
    .target(
      name: "MusicCollections",
      dependencies: ["Archives", "Downloads", "Corpora", "FileStorage", "Reproducibility"],
      resources: [.embedInCode("collections.json")]),

    // Recurrent networks, which know tokens only as integers.
    .target(name: "Tensors", dependencies: ["COneDNN", "CKernels", "Reproducibility"]),
    .target(name: "Recurrent", dependencies: ["Tensors", "Ranks", "Settings"]),

    // A trained model, and what is done with one.
    .target(
      name: "Modeling",
      dependencies: ["Tokenization", "Recurrent", "Safetensors", "FileStorage", "Reproducibility"]),
    .target(
      name: "ModelCollection", dependencies: ["Modeling", "FileStorage"],
      resources: [.copy("Models")]),
    .target(
      name: "ONNX",
      dependencies: ["ProtocolBuffers", "Modeling", "Recurrent", "Safetensors"]),
    .target(name: "Batching", dependencies: ["Tokenization", "Recurrent", "Reproducibility"]),
    .target(name: "Evaluation", dependencies: ["Modeling", "Corpora", "Batching"]),
    .target(
      name: "Training",
      dependencies: [
        "Modeling", "Corpora", "Batching", "Evaluation", "Ranks", "Settings", "Reproducibility",
      ]),
    .target(
      name: "Classification",
      dependencies: [
        "Modeling", "Corpora", "Batching", "Evaluation", "Training", "Settings", "Reproducibility",
      ]),
    .target(name: "Generation", dependencies: ["Modeling", "Settings"]),
    .target(name: "Improvisation", dependencies: ["Generation", "Settings"]),
    .target(name: "Experiments", dependencies: ["Training"]),
    .target(name: "Throughput", dependencies: ["Generation"]),
    .target(
      name: "Playback",
      dependencies: [
        "Music", "FileStorage", "Settings", "CFluidSynth", "CALSA", "CSndFile", "CJack",
        .product(name: "Logging", package: "swift-log"),
      ]),

    // The two fronts: the library that a program imports, and the command line.
    .target(
      name: "MuseGen",
      dependencies: [
        "ModelCollection", "Training", "Classification", "Generation", "Evaluation", "FileStorage",
        "Settings",
        .target(name: "MusicCollections", condition: withDownloads),
        .target(name: "Playback", condition: withSound),
      ]),
    .target(
      name: "Studio",
      dependencies: [
        "MuseGen", "Experiments", "MusicXML", "Playback", "FileStorage", "Reproducibility",
        .product(name: "FlyingFox", package: "FlyingFox"),
        .product(name: "FlyingSocks", package: "FlyingFox"),
      ],
      resources: [
        "index.html", "studio.css", "icon.svg", "studio.js", "api.js", "score.js", "roll.js",
        "sound.js", "sound-worklet.js", "history.js", "make.js", "endless.js", "compare.js",
        "learn.js", "inside.js", "focus.js", "work.js", "locks.js", "losses.js", "keyboard.js",
        "playing.js",
      ].map { .embedInCode("Page/\($0)") }),
    .target(
      name: "Commands",
      dependencies: [
        "MuseGen", "Studio", "Improvisation", "Drawing", "Experiments", "Throughput", "Favourites",
        "EventFiles", "ONNX", "MidiTok", "FileStorage", "Ranks", "Settings", "Reproducibility",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ]),
    .executableTarget(name: "MuseGenCLI", dependencies: ["Commands"]),

    // Tests mirror the targets.
    .target(name: "TestSupport", dependencies: ["Music", "Ranks"], path: "Tests/TestSupport"),
    .target(
      name: "PlaybackTestSupport", dependencies: ["Playback"], path: "Tests/PlaybackTestSupport"),
    .testTarget(
      name: "LiveSoundTests",
      dependencies: ["Commands", "MuseGenCLI", "PlaybackTestSupport", "TestSupport"]),
  ]
)

let testsWithFixtures: Set = [
  "Evaluation", "EventFiles", "MidiTok", "Music", "ONNX", "Recurrent", "Safetensors",
  "Tokenization",
]
for module in [
  "StandardMIDIFile", "MusicXML", "Music", "Drawing", "Tokenization", "MidiTok", "MusicCollections",
  "Corpora", "Safetensors",
  "FileStorage", "EventFiles", "Favourites", "Archives", "Downloads", "Tensors", "Ranks",
  "Recurrent", "Modeling", "ONNX", "ModelCollection", "Batching", "Training", "Classification",
  "Generation", "Improvisation", "Evaluation",
  "Playback", "Experiments", "Throughput", "MuseGen", "Studio", "Commands",
] {
  package.targets.append(
    .testTarget(
      name: "\(module)Tests",
      dependencies: [.init(stringLiteral: module), "TestSupport"]
        + (module == "Playback" ? ["PlaybackTestSupport"] : [])
        + (module == "Commands"
          ? [
            "MuseGen", "MuseGenCLI", "Ranks",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
          ] : []),
      exclude: module == "Commands" ? ["Golden"] : [],
      resources: testsWithFixtures.contains(module) ? [.copy("Fixtures")] : []))
}

for target in package.targets where ![.system, .plugin, .macro].contains(target.type) {
  if target.path == nil && target.type != .test { target.exclude = ["README.md"] }
  target.swiftSettings = [
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
  ]
  // Tests are compiled for release with what they test, and run once: what the optimiser takes it never gives back.
  if target.type == .test {
    target.swiftSettings?.append(.unsafeFlags(["-Onone"], .when(configuration: .release)))
  }
  // For continuous integration; a newer compiler's new warnings should not stop a user's build.
  if Context.environment["MUSEGEN_WARNINGS_AS_ERRORS"] != nil {
    target.swiftSettings?.append(.treatAllWarnings(as: .error))
  }
}

// `make docs` alone needs the plugin that builds the reference.
if Context.environment["MUSEGEN_DOCC"] != nil {
  package.dependencies.append(
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0"))
}
