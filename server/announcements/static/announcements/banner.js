// Hides the banner for who has read it, until there is another announcement. Screen readers still find it, and it is
// seen again while a link in it has the focus.
(() => {
  "use strict";

  const KEY = "lid-banner-read";
  const banner = document.getElementById("banner");
  const button = banner.querySelector("button");

  function read() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // a browser may keep nothing
    }
  }

  function hide() {
    banner.classList.add("read");
    button.hidden = true;
  }

  button.hidden = false;
  if (read() === banner.dataset.banner) hide();
  button.addEventListener("click", () => {
    try {
      localStorage.setItem(KEY, banner.dataset.banner);
    } catch {
      // hidden on this page only
    }
    hide();
    document.getElementById("main").focus();
  });
})();
