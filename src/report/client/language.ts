// Headless Chromium in the locale C says 'en-US@posix', which Intl does not know, and uPlot asks Intl at
// once.
try {
  Intl.NumberFormat.supportedLocalesOf(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en-US' });
}
