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
    .target(name: "StandardMIDIFile"),
    .target(name: "Safetensors"),
    .target(name: "FileStorage"),
    .target(name: "ProcessSignals"),
    .systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"])]),
    .target(name: "CKernels"),
    .systemLibrary(name: "CFluidSynth", providers: [.apt(["libfluidsynth-dev"])]),
    .systemLibrary(name: "CALSA", pkgConfig: "alsa", providers: [.apt(["libasound2-dev"])]),
    .systemLibrary(name: "CSndFile", pkgConfig: "sndfile", providers: [.apt(["libsndfile1-dev"])]),
    .systemLibrary(
      name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(
      name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
    .target(name: "Downloads", dependencies: ["FileStorage", "CCurl", "CArchive"]),

    // Music, and music as numbers.
    .target(name: "Music", dependencies: ["StandardMIDIFile"]),
    .target(name: "Tokenization", dependencies: ["Music"]),
    .target(name: "Corpora", dependencies: ["Tokenization", "FileStorage"]),
    .target(
      name: "Collections", dependencies: ["Downloads", "Corpora", "FileStorage"],
      resources: [.embedInCode("collections.json")]),

    // Recurrent networks, which know tokens only as integers.
    .target(name: "Tensors", dependencies: ["COneDNN", "CKernels"]),
    .target(name: "Recurrent", dependencies: ["Tensors"]),

    // A trained model, and what is done with one.
    .target(
      name: "Modeling", dependencies: ["Tokenization", "Recurrent", "Safetensors", "FileStorage"]),
    .target(
      name: "ModelCollection", dependencies: ["Modeling", "FileStorage"],
      resources: [.copy("Models")]),
    .target(name: "Training", dependencies: ["Modeling", "Corpora"]),
    .target(name: "Generation", dependencies: ["Modeling"]),
    .target(name: "Evaluation", dependencies: ["Modeling", "Corpora"]),
    .target(
      name: "Playback",
      dependencies: [
        "Music", "FileStorage", "CFluidSynth", "CALSA", "CSndFile",
        .product(name: "Logging", package: "swift-log"),
      ]),

    // The two fronts: the library that a program imports, and the command line.
    .target(
      name: "MuseGen",
      dependencies: [
        "Collections", "ModelCollection", "Training", "Generation", "Evaluation", "Playback",
      ]),
    .executableTarget(
      name: "MuseGenCLI",
      dependencies: [
        "MuseGen", "ProcessSignals",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ]),

    // Tests mirror the targets.
    .target(name: "TestSupport", dependencies: ["Music"], path: "Tests/TestSupport"),
  ]
)

let testsWithFixtures: Set = ["Evaluation", "Recurrent", "Safetensors", "Tokenization"]
for module in [
  "StandardMIDIFile", "Music", "Tokenization", "Collections", "Corpora", "Safetensors",
  "FileStorage", "Downloads", "Tensors",
  "Recurrent", "Modeling", "ModelCollection", "Training", "Generation", "Evaluation", "Playback",
  "MuseGenCLI",
] {
  package.targets.append(
    .testTarget(
      name: "\(module)Tests",
      dependencies: [
        .init(stringLiteral: module == "MuseGenCLI" ? "MuseGen" : module), "TestSupport",
      ],
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
