@_exported public import Modeling
