public import ArgumentParser
public import MuseGen

extension GivenPart: ExpressibleByArgument {
  /// Reads `highest`, a track's number, or its name.
  public init?(argument: String) { self.init(argument) }
}

extension GivenPart: FormedArgument {
  package static let form = "highest, a track's name, or its number from 1"
}

/// Which part of each piece is given to the network in training.
struct GivenTrainingOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Learn to write the other parts to this one, which is given: a track's name or number, or highest \
      for the highest line (tsd, remi).
      """, valueName: "part"))
  var given: GivenPart?

  @Flag(
    inversion: .prefixedNo, exclusivity: .chooseLast,
    help: """
      Learn to write whole pieces, too, where nothing is given: each is read once with its part given and \
      once without.
      """)
  var givenOptional = false

  /// The settings by their flags' names.
  var listing: [ConfigurationEntry] {
    [.init("given", given?.description), .init("given-optional", givenOptional)]
  }

  /// The names of the settings, all of which a trained model has fixed.
  static let names: Set = ["given", "given-optional"]

  /// The vocabulary of pieces that are written to the part.
  ///
  /// - Parameter configuration: the vocabulary of the other parts.
  /// - Returns: the settings; the same where no part is given.
  /// - Throws: ``Failure`` for a vocabulary in which no part can be told apart.
  func configuration(
    on configuration: VocabularyConfiguration
  ) throws -> VocabularyConfiguration {
    guard let given else { return configuration }
    do {
      return try AccompaniedVocabulary(
        base: configuration, part: given, isOptional: givenOptional
      ).configuration
    } catch {
      throw Failure(.usage, "--given: \(error)")
    }
  }
}
