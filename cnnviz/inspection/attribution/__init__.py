"""Attribution: how much each pixel of a sample contributes to a logit, by different methods."""
