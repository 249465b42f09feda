namespace Zkml.Guest.OnnxRuntime.Calibration;

/// <summary>Calibration data that cannot be used: what was expected, what was found, and where.</summary>
public sealed class CalibrationException(string message, Exception? inner = null) : Exception(message, inner);
