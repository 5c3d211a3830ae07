import Commands
import Dispatch
import Synchronization
import Testing

/// What is shown while something is played, where whoever reads is slow.
struct BackgroundOutputTests {
  @Test func `whoever shows never waits, lines come in their order, and the latest picture counts`()
  {
    let output = BackgroundOutput()
    let shown = Mutex<[String]>([])
    let (isStopped, goesOn) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    output.print {
      isStopped.signal()
      goesOn.wait()
      shown.withLock { $0.append("first") }
    }
    isStopped.wait()
    // The terminal takes nothing; all this returns even so.
    for number in 0..<500 {
      output.show { shown.withLock { $0.append("picture \(number)") } }
    }
    for number in 0..<2 {
      output.print { shown.withLock { $0.append("line \(number)") } }
    }
    #expect(shown.withLock { $0 }.isEmpty)
    goesOn.signal()
    output.finish()
    #expect(shown.withLock { $0 } == ["first", "line 0", "line 1", "picture 499"])
    output.show { shown.withLock { $0.append("again") } }
    output.finish()
    #expect(shown.withLock { $0.last } == "again")
  }
}
