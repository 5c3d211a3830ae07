public import ArgumentParser
public import MuseGen

/// What a model file says of itself, and how it stores its numbers.
struct ModelFileOptions: ParsableArguments {
  @Option(help: "What the model plays, in a few words; musegen models shows them.")
  var title: String?

  @Option(help: "The licence of the music it learned from, and the names to thank.")
  var licence: String?

  @Option(help: "Where the music came from; may be given again for another collection.")
  var source: [String] = []

  @Option(help: "How numbers are stored: f32, exactly, or bf16, in half the space.")
  var store: Model.StoredPrecision?

  var label: ModelLabel { ModelLabel(title: title, licence: licence, sources: source) }

  /// The settings by their flags' names.
  var listing: [ConfigurationEntry] {
    [
      .init("title", title), .init("licence", licence), .init("source", source),
      .init("store", store?.rawValue),
    ]
  }

  var isEmpty: Bool { label == ModelLabel() && store == nil }
}

extension Model.StoredPrecision: ExpressibleByArgument {}
