// One key for each decision on the review page. Every key presses a button or opens what is on the page already,
// so that the page works in the same way without this file.
"use strict";

const writing = (element) => element.matches("input, textarea, select, [contenteditable]");

function press(key) {
  const focused = document.querySelector(`[data-focus-key="${key}"]`);
  if (focused) {
    focused.focus();
    return true;
  }
  const pressed = document.querySelector(`[data-key="${key}"]`);
  if (!pressed) return false;
  if (pressed.matches("summary")) {
    pressed.parentElement.open = true;
    pressed.parentElement.querySelector("textarea").focus();
  } else {
    pressed.click();
  }
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const form = event.target.closest("[data-submit-key]");
    if (form) form.requestSubmit(form.querySelector("button"));
    return;
  }
  if (event.key === "Escape" && writing(event.target)) {
    event.target.blur();
    return;
  }
  if (writing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (press(event.key.toLowerCase())) event.preventDefault();
});
