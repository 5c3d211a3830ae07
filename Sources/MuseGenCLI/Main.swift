import Commands

/// The executable: everything it does is in the library `Commands`, where tests can import it.
@main
enum Main {
  static func main() async { await MuseGenCommand.main() }
}
