// swift-tools-version: 6.2

import PackageDescription

let package = Package(
  name: "musegen",
  products: [
    .executable(name: "musegen", targets: ["MuseGenCLI"]),
    .library(name: "MuseGen", targets: ["MuseGen"]),
    .library(name: "StandardMIDIFile", targets: ["StandardMIDIFile"]),
    .library(name: "Music", targets: ["Music"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
  ],
  targets: [
    // Ground floor: formats, files, C.
    .target(name: "Settings"),
    .target(name: "Reproducibility"),
    .target(name: "StandardMIDIFile"),
    .target(name: "Safetensors", dependencies: ["Reproducibility"]),
    .target(name: "FileStorage"),
    .systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"])]),
    .target(name: "CKernels"),
    .systemLibrary(name: "CFluidSynth", providers: [.apt(["libfluidsynth-dev"])]),
    .systemLibrary(name: "CALSA", pkgConfig: "alsa", providers: [.apt(["libasound2-dev"])]),
    .systemLibrary(name: "CSndFile", pkgConfig: "sndfile", providers: [.apt(["libsndfile1-dev"])]),
    .systemLibrary(
      name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(
      name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
    .target(
      name: "Downloads", dependencies: ["FileStorage", "Reproducibility", "CCurl", "CArchive"]),

    // Music, and music as numbers.
    .target(name: "Music", dependencies: ["StandardMIDIFile"]),
    .target(name: "Tokenization", dependencies: ["Music", "Settings"]),
    .target(
      name: "Corpora",
      dependencies: ["Tokenization", "FileStorage", "Settings", "Reproducibility"]),
    .target(
      name: "Collections",
      dependencies: ["Downloads", "Corpora", "FileStorage", "Reproducibility"],
      resources: [.embedInCode("collections.json")]),

    // Recurrent networks, which know tokens only as integers.
    .target(name: "Tensors", dependencies: ["COneDNN", "CKernels", "Reproducibility"]),
    .target(name: "Recurrent", dependencies: ["Tensors", "Settings"]),

    // A trained model, and what is done with one.
    .target(
      name: "Modeling",
      dependencies: ["Tokenization", "Recurrent", "Safetensors", "FileStorage", "Reproducibility"]),
    .target(
      name: "ModelCollection", dependencies: ["Modeling", "FileStorage"],
      resources: [.copy("Models")]),
    .target(
      name: "Training", dependencies: ["Modeling", "Corpora", "Settings", "Reproducibility"]),
    .target(name: "Generation", dependencies: ["Modeling", "Settings"]),
    .target(name: "Evaluation", dependencies: ["Modeling", "Corpora"]),
    .target(
      name: "Playback",
      dependencies: [
        "Music", "FileStorage", "Settings", "CFluidSynth", "CALSA", "CSndFile",
        .product(name: "Logging", package: "swift-log"),
      ]),

    // The two fronts: the library that a program imports, and the command line.
    .target(
      name: "MuseGen",
      dependencies: [
        "Collections", "ModelCollection", "Training", "Generation", "Evaluation", "Playback",
      ]),
    .target(
      name: "Commands",
      dependencies: [
        "MuseGen", "FileStorage", "Settings", "Reproducibility",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ]),
    .executableTarget(name: "MuseGenCLI", dependencies: ["Commands"]),

    // Tests mirror the targets.
    .target(name: "TestSupport", dependencies: ["Music"], path: "Tests/TestSupport"),
  ]
)

let testsWithFixtures: Set = ["Evaluation", "Recurrent", "Safetensors", "Tokenization"]
for module in [
  "StandardMIDIFile", "Music", "Tokenization", "Collections", "Corpora", "Safetensors",
  "FileStorage", "Downloads", "Tensors",
  "Recurrent", "Modeling", "ModelCollection", "Training", "Generation", "Evaluation", "Playback",
  "Commands",
] {
  package.targets.append(
    .testTarget(
      name: "\(module)Tests",
      dependencies: [.init(stringLiteral: module), "TestSupport"]
        + (module == "Commands" ? ["MuseGen", "MuseGenCLI"] : []),
      resources: testsWithFixtures.contains(module) ? [.copy("Fixtures")] : []))
}

for target in package.targets where ![.system, .plugin, .macro].contains(target.type) {
  if target.type != .test && target.name != "TestSupport" { target.exclude = ["README.md"] }
  target.swiftSettings = [
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
  ]
  // For continuous integration; a newer compiler's new warnings should not stop a user's build.
  if Context.environment["MUSEGEN_WARNINGS_AS_ERRORS"] != nil {
    target.swiftSettings?.append(.treatAllWarnings(as: .error))
  }
}
