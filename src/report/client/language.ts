// Headless Chromium in the locale C says 'en-US@posix', which Intl does not know, and uPlot asks Intl at once.
try {
  new Intl.NumberFormat(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en-US' });
}
