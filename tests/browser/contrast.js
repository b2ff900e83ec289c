// Texts of the project's own pieces that stand out too little from their background (WCAG 2.2, 1.4.3: 4.5 to 1).
// Colours are painted on a canvas first, because styles may come back as oklch().
() => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const pen = canvas.getContext("2d", { willReadFrequently: true });

  const painted = (colour) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    return pen.getImageData(0, 0, 1, 1).data;
  };
  const linear = (share) => (share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4);
  const luminance = ([red, green, blue]) =>
    0.2126 * linear(red / 255) + 0.7152 * linear(green / 255) + 0.0722 * linear(blue / 255);
  const background = (node) => {
    for (; node; node = node.parentElement) {
      const found = painted(getComputedStyle(node).backgroundColor);
      if (found[3] > 200) return found;
    }
    return [255, 255, 255];
  };
  const hasText = (node) =>
    node.checkVisibility() && [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
  const contrast = (node) => {
    const text = luminance(painted(getComputedStyle(node).color));
    const ground = luminance(background(node));
    return (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
  };

  return [...document.querySelectorAll(".sheet *, .state, .empty-list *, button[type=submit]")]
    .filter((node) => hasText(node) && contrast(node) < 4.5)
    .map((node) => `${node.className || node.tagName}: ${contrast(node).toFixed(2)}`);
}
